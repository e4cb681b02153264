import { createAdmin, localClient, type Admin, type ReelsyncClient } from '@reelsync/admin';
import { createRedisConnection, type BullOptions, JOB_CATALOG, JobProducer } from '@reelsync/queue';

import { Installation } from '../../sync/test/support/installation';

/** An installation, and a client of it that works in this process. */
export class LocalWorld {
  private constructor(
    readonly installation: Installation,
    readonly client: ReelsyncClient,
    readonly admin: Admin,
    readonly bull: BullOptions,
    private readonly close: () => Promise<void>,
  ) {}

  static async create(
    options: Parameters<typeof Installation.create>[0] = {},
    now: () => Date = () => new Date(),
  ): Promise<LocalWorld> {
    const installation = await Installation.create({ withBrokenTitles: false, ...options });
    const { config, database } = installation;
    const { url, prefix } = config.redis;
    const connection = createRedisConnection(url, 'producer');
    const producer = new JobProducer({ catalog: JOB_CATALOG, connection, prefix });
    const admin = createAdmin({ config, database, producer, bull: { connection, prefix }, now });
    const actor = { kind: 'cli', name: 'tester' } as const;
    const client = localClient(admin.handlers, { actor, signal: new AbortController().signal });
    return new LocalWorld(installation, client, admin, { connection, prefix }, async () => {
      await admin.close();
      await producer.close();
      connection.disconnect();
    });
  }

  /** Reads the listings, so that the inventory knows every title, and syncs them. */
  async scan(): Promise<void> {
    const { runId } = await this.client.requestSync({ kind: 'scan' });
    await this.installation.ended(runId);
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.installation.dispose();
  }
}
