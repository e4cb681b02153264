import { compact } from '../records/normalize-media';
import type { FieldValues } from './field-group';
import { requireMetadata, textOf, toDate, toInteger } from './metadata';

/** The catalogue fields that metadata gives: the normalised object itself (ST-M6) and the display title. */
export function readMovieMetadata(content: unknown): { metadata: unknown; title?: string } {
  const members = new Map(Object.entries(requireMetadata(content)));
  const releaseDate = toDate(members.get('release_date'));
  if (releaseDate !== undefined) members.set('release_date', releaseDate);
  const runtime = toInteger(members.get('runtime'));
  if (runtime !== undefined) members.set('runtime', runtime);
  const metadata: FieldValues = Object.fromEntries(members);
  return compact({ metadata, ...repeatedOfMovie(metadata) });
}

/** Undefined: the metadata has nothing to copy. */
export function repeatedOfMovie(metadata: FieldValues): { readonly title: string | undefined } {
  return { title: textOf(metadata['title']) };
}
