import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StaticFile } from '../contract/static-files';
import type { CachedBody } from './cached-body';
import { cachedBody, weakEtag } from './cached-body';

/** An answer, ready to send. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly chunks: readonly Buffer[];
}

/** The API compresses bodies from this size on. */
const GZIP_THRESHOLD = 1024;
const VARY = 'Origin, Accept-Encoding';

/** A JSON answer of the API surface. */
export function jsonReply(request: IncomingMessage, status: number, value: unknown): Promise<Reply> {
  return apiReply(request, textBody(JSON.stringify(value), 'application/json; charset=utf-8'), { status });
}

export function textBody(text: string, contentType: string, etag?: string): CachedBody {
  const body = Buffer.from(text);
  const tag = etag ?? weakEtag(body.length, createHash('sha1').update(body).digest('base64'));
  return cachedBody([body], contentType, tag);
}

interface ApiOptions {
  readonly status?: number;
  readonly cacheControl?: string;
}

/** An answer of the API surface: weak or given validator, 304, gzip. */
export async function apiReply(
  request: IncomingMessage,
  body: CachedBody,
  options: ApiOptions = {},
): Promise<Reply> {
  const status = options.status ?? 200;
  const cache = options.cacheControl === undefined ? {} : { 'Cache-Control': options.cacheControl };
  const common = { ...cache, ETag: body.etag };
  // A request with `Cache-Control: no-cache` always gets the full answer (contract §5).
  const mayRevalidate = status === 200 && !(request.headers['cache-control'] ?? '').includes('no-cache');
  if (mayRevalidate && matchesEtag(request.headers['if-none-match'], body.etag)) {
    return { status: 304, headers: { ...common, Vary: 'Origin' }, chunks: [] };
  }
  const headers = { ...common, Vary: VARY, 'Content-Type': body.contentType };
  if (body.length < GZIP_THRESHOLD || !acceptsGzip(request)) {
    return { status, headers: { ...headers, 'Content-Length': body.length }, chunks: body.chunks };
  }
  const compressed = await body.gzip();
  // Compressed on the fly by the real server, so without a length.
  return { status, headers: { ...headers, 'Content-Encoding': 'gzip' }, chunks: [compressed] };
}

/** An answer of the static surface, as nginx gives it (contract §4.1). */
export function fileReply(request: IncomingMessage, file: StaticFile): Reply {
  const size = file.body.length;
  const seconds = Math.floor(file.mtime / 1000);
  const etag = `"${seconds.toString(16)}-${size.toString(16)}"`;
  const validators = { 'Last-Modified': new Date(seconds * 1000).toUTCString(), ETag: etag };
  if (isUnchanged(request, etag, seconds)) return { status: 304, headers: validators, chunks: [] };
  const headers = { ...validators, 'Content-Type': file.contentType };
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    return htmlReply(416, 'Requested Range Not Satisfiable', { 'Content-Range': `bytes */${size}` });
  }
  if (range === null) {
    return {
      status: 200,
      headers: { ...headers, 'Content-Length': size, 'Accept-Ranges': 'bytes' },
      chunks: [file.body],
    };
  }
  const part = file.body.subarray(range.first, range.last + 1);
  const contentRange = `bytes ${range.first}-${range.last}/${size}`;
  return {
    status: 206,
    headers: { ...headers, 'Content-Length': part.length, 'Content-Range': contentRange },
    chunks: [part],
  };
}

/** An error page of the static surface. */
export function htmlReply(
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const title = `${status} ${reason}`;
  const html = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n`;
  return {
    status,
    headers: { ...headers, 'Content-Type': 'text/html', 'Content-Length': Buffer.byteLength(html) },
    chunks: [Buffer.from(html)],
  };
}

/** Sends a reply and says how many body bytes it had. A HEAD request gets the headers alone. */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): Promise<number> {
  response.writeHead(reply.status, reply.headers);
  if (request.method === 'HEAD' || reply.chunks.length === 0) {
    response.end();
    return 0;
  }
  const bytes = reply.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const [only] = reply.chunks;
  if (reply.chunks.length === 1) response.end(only);
  else await pipeline(Readable.from(reply.chunks), response);
  return bytes;
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = request.headers['accept-encoding'];
  return typeof accepted === 'string' && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);
}

function matchesEtag(header: string | undefined, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  return (
    header !== undefined && header.split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(etag))
  );
}

function isUnchanged(request: IncomingMessage, etag: string, seconds: number): boolean {
  const noneMatch = request.headers['if-none-match'];
  if (noneMatch !== undefined) return matchesEtag(noneMatch, etag);
  const since = request.headers['if-modified-since'];
  return since !== undefined && Date.parse(since) >= seconds * 1000;
}

function parseRange(
  header: string | undefined,
  size: number,
): { first: number; last: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match) return null;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return null;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first > last ? 'unsatisfiable' : { first, last };
}
