import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { createGzip, constants } from 'node:zlib';

/** A response body that is kept for several requests. */
export interface CachedBody {
  readonly contentType: string;
  readonly etag: string;
  readonly length: number;
  readonly chunks: readonly Buffer[];
  /** The compressed body; made once, on first use. */
  gzip(): Promise<Buffer>;
}

export function cachedBody(chunks: readonly Buffer[], contentType: string, etag: string): CachedBody {
  let compressed: Promise<Buffer> | null = null;
  return {
    contentType,
    etag,
    length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    chunks,
    gzip: () => (compressed ??= compress(chunks)),
  };
}

/** Speed over size: this runs beside the software under test, on the same cores. */
function compress(chunks: readonly Buffer[]): Promise<Buffer> {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  Readable.from(chunks).pipe(gzip);
  return buffer(gzip);
}

/** The form of the server's weak validators: length in hex and 27 characters of a base64 digest. */
export function weakEtag(length: number, base64Digest: string): string {
  return `W/"${length.toString(16)}-${base64Digest.slice(0, 27)}"`;
}
