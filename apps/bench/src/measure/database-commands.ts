import { MongoClient } from 'mongodb';
import { z } from 'zod';

const statusSchema = z.object({
  metrics: z.object({ commands: z.record(z.string(), z.unknown()) }),
});
const countSchema = z.object({ total: z.coerce.number() });

/** What a client sends to get work done; the rest is handshakes and monitoring. */
const COUNTED = [
  'find',
  'getMore',
  'insert',
  'update',
  'delete',
  'findAndModify',
  'aggregate',
  'count',
  'distinct',
  'createIndexes',
] as const;

/** Counts commands at the server, so that it does not matter which process sends them (`serverStatus`). */
export class DatabaseCommands {
  private constructor(private readonly client: MongoClient) {}

  static async connect(uri: string): Promise<DatabaseCommands> {
    return new DatabaseCommands(await new MongoClient(uri).connect());
  }

  /** Since the start of the server, over all of its clients. */
  async total(): Promise<number> {
    const { metrics } = statusSchema.parse(await this.client.db('admin').command({ serverStatus: 1 }));
    return COUNTED.reduce((sum, name) => sum + totalOf(metrics.commands[name]), 0);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** MongoDB counts in 64-bit integers, which the driver hands over as numbers or as Long. */
function totalOf(count: unknown): number {
  const { success, data } = countSchema.safeParse(count);
  return success ? data.total : 0;
}
