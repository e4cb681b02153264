import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Reply } from './http-transport';

const GUNZIP_CHUNK_BYTES = 64 * 1024;

const ON_THIS_MACHINE = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:\/|$)/i;

/**
 * For every GET whose body is read: `gzip` is the only encoding that `decodedBody` undoes. None from a server of this
 * machine, where bytes cost less than compressing and inflating them (decision 0035).
 */
export function acceptedEncoding(url: string): { readonly 'accept-encoding': string } {
  return { 'accept-encoding': ON_THIS_MACHINE.test(url) ? 'identity' : 'gzip' };
}

/** The body without its gzip encoding. Errors show when it is read; destroying it frees the connection. */
export function decodedBody(reply: Reply): Readable {
  const { body, headers } = reply;
  const decoded: Readable =
    headers['content-encoding'] === 'gzip'
      ? pipeline(body, createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES }), ignoreError)
      : body;
  // Between two reads nobody listens, and an error without a listener would end the process. Reading reports it.
  return decoded.on('error', ignoreError);
}

/** The whole body; throws `tooLarge()` as soon as it has more than `maxBytes`. */
export async function readBody(reply: Reply, maxBytes: number, tooLarge: () => Error): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(reply, maxBytes, tooLarge)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As `readBody`, piece by piece. */
export async function* bodyChunks(
  reply: Reply,
  maxBytes: number,
  tooLarge: () => Error,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of decodedBody(reply)) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    yield chunk;
  }
}

function ignoreError(): void {
  // The reader of the stream gets the same error.
}
