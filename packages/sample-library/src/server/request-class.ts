/** Kinds of requests that faults and statistics tell apart. */
export type RequestClass =
  | 'listing'
  | 'hashes'
  | 'api'
  | 'metadata'
  | 'blurhash'
  | 'image'
  | 'video'
  | 'caption'
  | 'other';

export const REQUEST_CLASSES = [
  'listing',
  'hashes',
  'api',
  'metadata',
  'blurhash',
  'image',
  'video',
  'caption',
  'other',
] as const satisfies readonly RequestClass[];

const STATIC_CLASSES: readonly (readonly [suffix: RegExp, kind: RequestClass])[] = [
  [/\.blurhash$/, 'blurhash'],
  [/metadata\.json$/, 'metadata'],
  [/\.(?:jpg|png|gif|svg)$/, 'image'],
  [/\.mp4$/, 'video'],
  [/\.(?:srt|vtt)$/, 'caption'],
];

/** The class of a request path (without query). The API surface is everything below `/node`. */
export function classify(path: string): RequestClass {
  if (/^\/node\/media\/(?:movies|tv)$/.test(path)) return 'listing';
  if (path.startsWith('/node/api/metadata-hashes')) return 'hashes';
  if (path === '/node' || path.startsWith('/node/')) return 'api';
  return STATIC_CLASSES.find(([suffix]) => suffix.test(path))?.[1] ?? 'other';
}
