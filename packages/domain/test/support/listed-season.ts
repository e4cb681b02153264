import type { ListingServer } from './listing-server';

const METADATA = '/tv/Show/metadata.json';

/** Makes `Show` all that the server lists, under this display title. */
export function listShow(
  server: ListingServer,
  name: string,
  seasons: Readonly<Record<string, object>>,
): void {
  server.files.set(METADATA, { name });
  server.shows = { Show: { metadata: `${METADATA}?hash=${name}`, seasons } };
}

/** A season as a listing has it, with these episodes. */
export function seasonWith(...numbers: readonly number[]) {
  return { episodes: Object.fromEntries(numbers.map((number) => [`S01E0${number}`, listedEpisode(number)])) };
}

export function listedEpisode(number: number) {
  return { videoURL: `/tv/a/${number}.mp4`, episodeNumber: number };
}
