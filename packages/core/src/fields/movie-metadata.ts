import { z } from 'zod';
import { toDate } from './media-groups';

/**
 * Operator-editable JSON with arbitrary further keys (contract §4). Only its shape as an object matters, and that it is
 * not an error document that a server sent with status 200 (ST-3, B-19).
 */
const movieMetadataSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => !Object.hasOwn(value, 'error'), 'is an error document');

export function parseMovieMetadata(
  content: unknown,
):
  | { readonly ok: true; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string } {
  const parsed = movieMetadataSchema.safeParse(content);
  if (!parsed.success) return { ok: false, problem: parsed.error.issues[0]?.message ?? 'not an object' };
  if (Object.keys(parsed.data).length === 0) return { ok: false, problem: 'is empty' };
  return { ok: true, metadata: parsed.data };
}

/** The catalogue fields that metadata gives: the normalised object itself (ST-M6) and the display title. */
export function readMovieMetadata(content: unknown): { metadata: unknown; title?: string } {
  const parsed = parseMovieMetadata(content);
  if (!parsed.ok) throw new TypeError(`metadata ${parsed.problem}`);
  const members = new Map(Object.entries(parsed.metadata));
  const releaseDate = toDate(members.get('release_date'));
  if (releaseDate !== undefined) members.set('release_date', releaseDate);
  const runtime = toInteger(members.get('runtime'));
  if (runtime !== undefined) members.set('runtime', runtime);
  const title = members.get('title');
  const metadata = Object.fromEntries(members);
  return typeof title === 'string' && title.trim() !== '' ? { metadata, title } : { metadata };
}

function toInteger(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : undefined;
}
