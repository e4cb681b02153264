import type { DatabaseAdapter, StoredEpisode } from '@reelsync/database';
import type { SampleServerProcess } from '@reelsync/dev-installation';
import { episodeKeyOf, expectedTv, locateEpisode } from '@reelsync/sample-library';
import type { DemoReport } from './demo-report';

export interface ChangedEpisode {
  readonly episode: DemoReport['webhook']['episode'];
  /** Whether the catalogue shows the new thumbnail. */
  readonly hasArrived: () => Promise<boolean>;
}

/** Replaces the thumbnail of one episode on the first server. */
export async function changeEpisode(
  { episodes }: DatabaseAdapter,
  servers: readonly [SampleServerProcess, SampleServerProcess],
): Promise<ChangedEpisode> {
  const [server] = servers;
  const { document, show, place } = await chooseEpisode(episodes, server);
  await server.control.library.replaceThumbnail(show, place.season, place.episode);

  const { showId, seasonNumber, episodeNumber } = document;
  const expected = expectedTv(servers.map(({ oracle }) => oracle)).episodes.get(
    episodeKeyOf(show, seasonNumber, episodeNumber),
  );
  return {
    episode: { show, season: seasonNumber, episode: episodeNumber },
    hasArrived: async () => {
      const stored = await episodes.findEpisode(showId, seasonNumber, episodeNumber);
      return stored?.thumbnail === expected?.thumbnail;
    },
  };
}

/** One whose thumbnail the server owns, so that the change must show. An episode's `originalTitle` is the folder of its show. */
async function chooseEpisode(
  episodes: DatabaseAdapter['episodes'],
  { id, oracle }: SampleServerProcess,
): Promise<{
  readonly document: StoredEpisode;
  readonly show: string;
  readonly place: { readonly season: string; readonly episode: string };
}> {
  for await (const document of episodes.findAll({ thumbnailSource: id })) {
    const { originalTitle: show, seasonNumber, episodeNumber } = document;
    const folder = show === undefined ? undefined : oracle.library.shows.get(show);
    if (show === undefined || folder === undefined) continue;
    const place = locateEpisode(folder, seasonNumber, episodeNumber);
    if (place !== undefined) return { document, show, place };
  }
  throw new Error(`Server '${id}' owns no thumbnail of the catalogue`);
}
