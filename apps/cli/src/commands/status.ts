import { tableOf } from '../output/table';
import type { Session } from '../session';

/** `reelsync status`: queues, servers, catalogue and the latest runs. */
export async function status(
  { config, database, producer }: Session,
  { json }: { readonly json: boolean },
): Promise<void> {
  const [queues, movies, tv, stats, runs] = await Promise.all([
    producer.counts(),
    database.listings.loadAll('movies'),
    database.listings.loadAll('tv'),
    database.getStats(),
    database.runs.list({ limit: 5 }),
  ]);
  const servers = config.servers.map((server) => {
    const ofServer = ({ serverId }: { readonly serverId: string }): boolean => serverId === server.id;
    const [movieListing, tvListing] = [movies.find(ofServer), tv.find(ofServer)];
    const completed = [movieListing, tvListing].flatMap((listing) => listing?.completedAt ?? []);
    return {
      id: server.id,
      enabled: server.enabled,
      priority: server.priority,
      movies: movieListing?.titleCount ?? 0,
      shows: tvListing?.titleCount ?? 0,
      // A server has answered when both of its listings have (contract §9.3).
      lastListing: completed.length < 2 ? null : new Date(Math.min(...completed.map(Number))).toISOString(),
      lastProblem: movieListing?.lastAttempt?.code ?? tvListing?.lastAttempt?.code ?? null,
    };
  });
  const latestRuns = runs.map(({ id, trigger, status: runStatus, startedAt, counts }) => ({
    id,
    trigger,
    status: runStatus,
    startedAt: startedAt.toISOString(),
    ...counts,
  }));
  const catalogue = {
    movies: stats.movies.total,
    shows: stats.tvShows.total,
    seasons: stats.seasons.total,
    episodes: stats.episodes.total,
  };
  if (json) {
    process.stdout.write(`${JSON.stringify({ queues, servers, catalogue, runs: latestRuns })}\n`);
    return;
  }
  process.stdout.write(
    [
      `Catalogue: ${Object.entries(catalogue)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')}`,
      tableOf(servers),
      tableOf(Object.entries(queues).map(([queue, counts]) => ({ queue, ...counts }))),
      tableOf(latestRuns),
      '',
    ].join('\n'),
  );
}
