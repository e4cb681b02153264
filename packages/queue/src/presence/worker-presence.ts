import type { Redis } from 'ioredis';
import { z } from 'zod';

import { redisCall } from '../redis/redis-call';

const workerStateSchema = z.object({
  /** Host and process id, for people. */
  worker: z.string(),
  servers: z.array(
    z.object({
      serverId: z.string(),
      breaker: z.enum(['closed', 'half-open', 'open']),
      active: z.int(),
      pending: z.int(),
      total: z.int(),
      failed: z.int(),
    }),
  ),
});

/** What one worker process says about itself. */
export type WorkerState = z.output<typeof workerStateSchema>;

const BEAT_MS = 5000;
/** After this silence a worker counts as gone. */
const EXPIRY_MS = 4 * BEAT_MS;

interface PresenceOptions {
  readonly connection: Redis;
  readonly prefix: string;
}

export interface WorkerPresenceOptions extends PresenceOptions {
  /** Tells this process from all others. */
  readonly id: string;
  readonly state: () => WorkerState;
  readonly onError: (error: unknown) => void;
}

/**
 * Publishes what only this process knows (its breakers) where the API can see it. A key that expires, and a set of their
 * ids: no key of BullMQ is touched, and finding the workers costs as much as there are.
 */
export class WorkerPresence {
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(private readonly options: WorkerPresenceOptions) {}

  start(): void {
    this.timer ??= setInterval(() => this.beat(), BEAT_MS);
    this.beat();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    const { connection, prefix, id } = this.options;
    if (connection.status !== 'ready') return;
    await connection.del(keyOf(prefix, id));
    await connection.srem(setOf(prefix), id);
  }

  private beat(): void {
    this.beating = this.publish().catch(this.options.onError);
  }

  private async publish(): Promise<void> {
    const { connection, prefix, id, state } = this.options;
    await connection.set(keyOf(prefix, id), JSON.stringify(state()), 'PX', EXPIRY_MS);
    await connection.sadd(setOf(prefix), id);
  }
}

/** The workers that are running, as they describe themselves. */
export class WorkerDirectory {
  constructor(private readonly options: PresenceOptions) {}

  /** Throws QUEUE_UNAVAILABLE when Redis does not answer. */
  list(): Promise<WorkerState[]> {
    const { connection, prefix } = this.options;
    return redisCall(connection, async () => {
      const ids = (await connection.smembers(setOf(prefix))).sort();
      if (ids.length === 0) return [];
      const values = await connection.mget(ids.map((id) => keyOf(prefix, id)));
      const gone = ids.filter((_, index) => values[index] === null);
      if (gone.length > 0) await connection.srem(setOf(prefix), ...gone);
      return values.flatMap((value) => (value === null ? [] : parseState(value)));
    });
  }
}

/** One of another version may say it in other words; it is left out then. */
function parseState(text: string): WorkerState[] {
  const json: unknown = JSON.parse(text);
  const parsed = workerStateSchema.safeParse(json);
  return parsed.success ? [parsed.data] : [];
}

function setOf(prefix: string): string {
  return `${prefix}:presence`;
}

function keyOf(prefix: string, id: string): string {
  return `${prefix}:presence:${id}`;
}
