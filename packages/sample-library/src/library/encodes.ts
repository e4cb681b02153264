/** One kind of encode, as a media probe describes it (contract §3.3, §3.4). */
export interface Encode {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: string;
  readonly aspectRatio: string;
  /** Null for untagged SDR. */
  readonly format: string | null;
  readonly bitDepth: number;
  readonly transfer: string;
  readonly isHdr: boolean;
}

const encode = (
  codec: string,
  [width, height, aspectRatio]: readonly [number, number, string],
  frameRate: string,
  format: string | null,
  [bitDepth, transfer, isHdr]: readonly [number, string, boolean],
): Encode => ({ codec, width, height, aspectRatio, frameRate, format, bitDepth, transfer, isHdr });

/** Every quality class of the contract. `10-bit SDR` repeats its format in `hdr` without being HDR. */
export const ENCODES = {
  untagged: encode('h264', [720, 480, '3:2'], '30000/1001', null, [8, '', false]),
  sdr: encode('h264', [1920, 1080, '16:9'], '24/1', '8-bit SDR (BT.709)', [8, 'BT.709', false]),
  sdr720: encode('h264', [1280, 720, '16:9'], '24/1', '8-bit SDR (BT.709)', [8, 'BT.709', false]),
  sdr10: encode('hevc', [1920, 1080, '16:9'], '25/1', '10-bit SDR (BT.709)', [10, 'BT.709', false]),
  hdr10: encode('hevc', [3840, 1608, '160:67'], '24/1', 'HDR10', [10, 'PQ', true]),
  hdr10plus: encode('hevc', [3840, 2160, '16:9'], '24000/1001', 'HDR10, HDR10+', [10, 'PQ', true]),
  dolbyVision: encode('hevc', [3840, 2160, '16:9'], '24000/1001', 'Dolby Vision, HDR10', [10, 'PQ', true]),
  hlg: encode('hevc', [1920, 1080, '16:9'], '50/1', 'HLG', [10, 'HLG', true]),
} as const;

export type EncodeName = keyof typeof ENCODES;

/** `hdr` repeats the format when it is HDR or 10-bit SDR, else null (contract §3.4). */
export function hdrOf(encoding: Encode): string | null {
  return encoding.isHdr || encoding.bitDepth > 8 ? encoding.format : null;
}
