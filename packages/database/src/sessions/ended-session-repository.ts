import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

interface EndedSessionDocument {
  readonly _id: string;
  readonly until: Date;
}

/** Sessions that were signed out before their time, for all processes. Forgotten when they would have ended anyway (see the TTL index). */
export class EndedSessionRepository {
  private readonly collection: Collection<EndedSessionDocument>;

  constructor(state: Db) {
    this.collection = state.collection<EndedSessionDocument>('endedSessions');
  }

  /** `until`: when it would have ended by itself. */
  async end(id: string, until: Date): Promise<void> {
    await this.call('end', () =>
      this.collection.updateOne({ _id: id }, { $set: { until } }, { upsert: true }),
    );
  }

  /** Those of the sessions that were ended. */
  async findEnded(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.call('findEnded', () =>
      this.collection.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } }).toArray(),
    );
    return new Set(found.map(({ _id }) => _id));
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'endedSessions', operation }, work);
  }
}
