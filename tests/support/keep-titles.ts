import type { SampleLibraries } from '@reelsync/sample-library';

/**
 * Takes all other movies out of both libraries, before servers show them: the sample libraries always hold some thirty
 * special ones, and a test that is about something else would sync every one of them.
 */
export function keepMovies({ alpha, beta }: SampleLibraries, titles: readonly string[]): void {
  const kept = new Set(titles);
  for (const { movies } of [alpha, beta])
    for (const title of [...movies.titles()]) if (!kept.has(title)) movies.delete(title);
}

/** As `keepMovies`, for shows. */
export function keepShows({ alpha, beta }: SampleLibraries, titles: readonly string[]): void {
  const kept = new Set(titles);
  for (const { shows } of [alpha, beta])
    for (const title of [...shows.titles()]) if (!kept.has(title)) shows.delete(title);
}
