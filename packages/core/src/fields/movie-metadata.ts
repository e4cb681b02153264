import { requireMetadata, textOf, toDate, toInteger } from './metadata';

/** The catalogue fields that metadata gives: the normalised object itself (ST-M6) and the display title. */
export function readMovieMetadata(content: unknown): { metadata: unknown; title?: string } {
  const members = new Map(Object.entries(requireMetadata(content)));
  const releaseDate = toDate(members.get('release_date'));
  if (releaseDate !== undefined) members.set('release_date', releaseDate);
  const runtime = toInteger(members.get('runtime'));
  if (runtime !== undefined) members.set('runtime', runtime);
  const title = textOf(members.get('title'));
  const metadata = Object.fromEntries(members);
  return title === undefined ? { metadata } : { metadata, title };
}
