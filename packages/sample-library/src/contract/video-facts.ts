import { ENCODES, hdrOf } from '../library/encodes';
import type { VideoFile } from '../library/media-files';
import { mediaId, UNPROBED_ID } from './tokens';

/** Contract §3.4. */
export interface MediaQuality {
  readonly format: string | null;
  readonly bitDepth: number;
  readonly colorSpace: string;
  readonly transferCharacteristics: string;
  readonly isHDR: boolean;
  readonly viewingExperience: {
    readonly enhancedColor: boolean;
    readonly highDynamicRange: boolean;
    readonly dolbyVision: boolean;
    readonly hdr10Plus: boolean;
    readonly standardHDR: boolean;
  };
}

/** Contract §3.3. */
export interface ProbedMedia {
  readonly duration: number;
  readonly size: { readonly kb: number; readonly mb: number; readonly gb: number };
  readonly audio: readonly Readonly<Record<string, string | number>>[];
  readonly video: readonly Readonly<Record<string, string | number>>[];
  readonly width: number;
  readonly height: number;
  readonly dimensions: string;
}

/** What the server knows about an mp4 from probing it. */
export interface VideoFacts {
  readonly id: string;
  /** 0 when probing failed. */
  readonly lengthMs: number;
  /** '' when probing failed. */
  readonly dimensions: string;
  readonly hdr: string | null;
  readonly mediaQuality: MediaQuality | null;
  readonly probed: Partial<ProbedMedia>;
}

/** Facts of a probed, half-probed (older server) or unprobable video. */
export function videoFacts(video: VideoFile): VideoFacts {
  if (video.probe === 'failed') {
    return { id: UNPROBED_ID, lengthMs: 0, dimensions: '', hdr: null, mediaQuality: null, probed: {} };
  }
  const encoding = ENCODES[video.encode];
  return {
    id: mediaId(`${video.encode}/${video.bytes}/${video.durationMs}`),
    lengthMs: video.durationMs,
    dimensions: `${encoding.width}x${encoding.height}`,
    hdr: hdrOf(encoding),
    mediaQuality: qualityOf(video),
    probed: video.probe === 'full' ? probedMedia(video) : {},
  };
}

function qualityOf(video: VideoFile): MediaQuality {
  const encoding = ENCODES[video.encode];
  const formats = encoding.format ?? '';
  return {
    format: encoding.format,
    bitDepth: encoding.bitDepth,
    colorSpace: 'YUV',
    transferCharacteristics: encoding.transfer,
    isHDR: encoding.isHdr,
    viewingExperience: {
      enhancedColor: encoding.bitDepth > 8,
      highDynamicRange: encoding.isHdr,
      dolbyVision: formats.includes('Dolby Vision'),
      hdr10Plus: formats.includes('HDR10+'),
      standardHDR: encoding.isHdr,
    },
  };
}

function probedMedia(video: VideoFile): ProbedMedia {
  const encoding = ENCODES[video.encode];
  const { width, height } = encoding;
  const kb = video.bytes / 1024;
  return {
    duration: video.durationMs,
    size: { kb, mb: kb / 1024, gb: kb / 1024 / 1024 },
    audio: [{ codec: 'aac', channels: 2, sample_rate: '48000', bitrate: 192_000, language: 'eng' }],
    video: [
      {
        codec: encoding.codec,
        frame_rate: encoding.frameRate,
        bitrate: Math.round((video.bytes * 8000) / video.durationMs),
        aspect_ratio: encoding.aspectRatio,
        width,
        height,
      },
    ],
    width,
    height,
    dimensions: `${width}x${height}`,
  };
}
