import type { OutputOf } from '@reelsync/admin';
import type { QueueName } from '@reelsync/queue';
import type { ClientSession } from '../client-session';
import { print, type OutputOptions } from '../output/print';
import { tableOf } from '../output/table';

type QueueState = OutputOf<'pauseQueue'>;

/** `reelsync queues`: every queue and its jobs. */
export async function listQueues({ client, signal }: ClientSession, options: OutputOptions): Promise<void> {
  const { items } = await client.listQueues({}, { signal });
  printStates({ items }, items, options);
}

/** `reelsync queues pause|resume`. */
export async function changeQueue(
  { client, signal }: ClientSession,
  change: 'pause' | 'resume',
  queue: QueueName,
  options: OutputOptions,
): Promise<void> {
  const state =
    change === 'pause'
      ? await client.pauseQueue({ queue }, { signal })
      : await client.resumeQueue({ queue }, { signal });
  printStates(state, [state], options);
}

/** `reelsync queues limit`: over all workers; null removes the limit. */
export async function limitQueue(
  { client, signal }: ClientSession,
  queue: QueueName,
  limit: number | null,
  options: OutputOptions,
): Promise<void> {
  const state = await client.limitQueue({ queue, limit }, { signal });
  printStates(state, [state], options);
}

function printStates(value: unknown, states: readonly QueueState[], options: OutputOptions): void {
  print(value, options, () =>
    tableOf(
      states.map(({ name, paused, concurrency, counts }) => ({
        queue: name,
        paused,
        concurrency,
        ...counts,
      })),
    ),
  );
}
