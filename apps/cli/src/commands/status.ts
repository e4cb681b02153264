import Table from 'cli-table3';
import type { Session } from '../session';

/** `reelsync status`: queues, servers, catalogue and the latest runs. */
export async function status(
  { config, database, producer }: Session,
  { json }: { readonly json: boolean },
): Promise<void> {
  const [queues, listings, stats, runs] = await Promise.all([
    producer.counts(),
    database.listings.loadAll('movie'),
    database.getStats(),
    database.runs.list({ limit: 5 }),
  ]);
  const servers = config.servers.map((server) => {
    const listing = listings.find(({ serverId }) => serverId === server.id);
    return {
      id: server.id,
      enabled: server.enabled,
      priority: server.priority,
      titles: listing?.titleCount ?? 0,
      lastListing: listing?.completedAt?.toISOString() ?? null,
      lastProblem: listing?.lastAttempt?.code ?? null,
    };
  });
  const latestRuns = runs.map(({ id, trigger, status: runStatus, startedAt, counts }) => ({
    id,
    trigger,
    status: runStatus,
    startedAt: startedAt.toISOString(),
    ...counts,
  }));
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ queues, servers, catalogue: { movies: stats.movies.total }, runs: latestRuns })}\n`,
    );
    return;
  }
  process.stdout.write(
    [
      `Catalogue: ${stats.movies.total} movies`,
      tableOf(servers),
      tableOf(Object.entries(queues).map(([queue, counts]) => ({ queue, ...counts }))),
      tableOf(latestRuns),
      '',
    ].join('\n'),
  );
}

function tableOf(rows: readonly Readonly<Record<string, string | number | boolean | null>>[]): string {
  const [first] = rows;
  if (first === undefined) return '(none)';
  const table = new Table({ head: Object.keys(first), style: { head: [], border: [] } });
  for (const row of rows) table.push(Object.values(row).map((value) => String(value ?? '-')));
  return table.toString();
}
