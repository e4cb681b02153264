import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** A server that asked to be left alone (contract §7.2). */
export interface ServerHold {
  readonly serverId: string;
  readonly since: Date;
  readonly until: Date;
}

interface ServerHoldDocument {
  readonly _id: string;
  readonly since: Date;
  readonly until: Date;
}

/** Which servers are not to be scanned at the moment, for all processes. */
export class ServerHoldRepository {
  private readonly collection: Collection<ServerHoldDocument>;

  constructor(state: Db) {
    this.collection = state.collection<ServerHoldDocument>('serverHolds');
  }

  /** Holds the server back, or for longer. */
  async hold(serverId: string, now: Date, until: Date): Promise<void> {
    await this.call('hold', () =>
      this.collection.updateOne(
        { _id: serverId },
        { $set: { until }, $setOnInsert: { since: now } },
        { upsert: true },
      ),
    );
  }

  /** Returns whether it was held back. */
  release(serverId: string): Promise<boolean> {
    return this.call('release', async () => {
      const { deletedCount } = await this.collection.deleteOne({ _id: serverId });
      return deletedCount > 0;
    });
  }

  /** Null when the server may be scanned. What has expired counts as gone: MongoDB removes it up to a minute late. */
  find(serverId: string, now: Date): Promise<ServerHold | null> {
    return this.call('find', async () => {
      const hold = await this.collection.findOne({ _id: serverId, until: { $gt: now } });
      return hold === null ? null : { serverId: hold._id, since: hold.since, until: hold.until };
    });
  }

  /** All servers that may not be scanned now, for people. */
  list(now: Date): Promise<ServerHold[]> {
    return this.call('list', async () => {
      const holds = await this.collection.find({ until: { $gt: now } }, { sort: { _id: 1 } }).toArray();
      return holds.map(({ _id, since, until }) => ({ serverId: _id, since, until }));
    });
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'serverHolds', operation }, work);
  }
}
