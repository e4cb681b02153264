import type { OutputOf } from '@reelsync/admin';
import type { ClientSession } from '../client-session';
import { print, type OutputOptions } from '../output/print';
import { tableOf, type Row } from '../output/table';

type Server = OutputOf<'listServers'>['items'][number];

/** `reelsync status`: queues, servers, catalogue and the latest runs. */
export async function status({ client, signal }: ClientSession, options: OutputOptions): Promise<void> {
  const [queueStates, serverStates, { catalogue }, latest] = await Promise.all([
    client.listQueues({}, { signal }),
    client.listServers({}, { signal }),
    client.getStats({}, { signal }),
    client.listRuns({ limit: 5 }, { signal }),
  ]);
  const queues = Object.fromEntries(queueStates.items.map(({ name, counts }) => [name, counts]));
  const servers = serverStates.items.map(summaryOf);
  const runs = latest.items.map(({ id, trigger, status: runStatus, startedAt, counts }) => ({
    id,
    trigger,
    status: runStatus,
    startedAt: startedAt.toISOString(),
    ...counts,
  }));
  print({ queues, servers, catalogue, runs }, options, () =>
    [
      `Catalogue: ${Object.entries(catalogue)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')}`,
      tableOf(servers.map(rowOf)),
      tableOf(
        queueStates.items.map(({ name, paused, counts }) => ({
          queue: paused ? `${name} (paused)` : name,
          ...counts,
        })),
      ),
      tableOf(runs),
    ].join('\n'),
  );
}

function rowOf({ heldBack, ...summary }: ReturnType<typeof summaryOf>): Row {
  return { ...summary, heldBack: heldBack && `${heldBack.reason}, until ${heldBack.until}` };
}

function summaryOf({ id, enabled, priority, listings, hold, workers }: Server) {
  const [movies, tv] = (['movies', 'tv'] as const).map((kind) => listings.find((one) => one.kind === kind));
  const checked = listings.flatMap(({ checkedAt }) => checkedAt ?? []);
  return {
    id,
    enabled,
    priority,
    movies: movies?.titles ?? 0,
    shows: tv?.titles ?? 0,
    // A server has answered when both of its listings have (contract §9.3), also that they have not changed.
    listingsChecked: checked.length < 2 ? null : new Date(Math.min(...checked.map(Number))).toISOString(),
    lastProblem: movies?.lastAttempt?.code ?? tv?.lastAttempt?.code ?? null,
    leftAlone: workers.some(({ breaker }) => breaker === 'open'),
    heldBack: hold === undefined ? null : { until: hold.until.toISOString(), reason: hold.reason },
  };
}
