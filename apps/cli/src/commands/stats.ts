import type { KindStats } from '@reelsync/sync';
import { tableOf } from '../output/table';
import { managerOf } from '../session-manager';
import type { Session } from '../session';

/** `reelsync stats`: what the catalogue holds, what needs sync, and what the queues do. */
export async function stats(session: Session, { json }: { readonly json: boolean }): Promise<void> {
  const found = await managerOf(session).getSyncStats();
  if (json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const { movies, shows, seasons, episodes, database, queues } = found;
  const { connection, health } = database;
  const kinds = Object.entries({ movies, shows, seasons, episodes });
  process.stdout.write(
    [
      `Database: ${connection.catalogue} on ${connection.hosts.join(', ')}, ${health.latencyMs} ms`,
      tableOf(kinds.map(([kind, ofKind]) => kindRow(kind, ofKind))),
      queues.available
        ? tableOf(Object.entries(queues.queues).map(([queue, counts]) => ({ queue, ...counts })))
        : `Queues: ${queues.code}: ${queues.message}`,
      '',
    ].join('\n'),
  );
}

function kindRow(kind: string, { total, needingSync, recentlyUpdated, byOperation }: KindStats) {
  return {
    kind,
    total,
    'need sync': needingSync,
    'written today': recentlyUpdated,
    'with metadata': byOperation.metadata,
    'with image': byOperation.assets,
    'with video': byOperation.content,
    'with preview': byOperation.blurhash,
  };
}
