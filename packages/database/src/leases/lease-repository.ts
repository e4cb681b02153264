import { MongoServerError, type Collection, type Db } from 'mongodb';
import { databaseCall, DUPLICATE_KEY } from '../connection/to-database-error';

/** The right of one holder to work on something alone, until it expires. */
export interface Lease {
  /** What it is for: `scan/default`, `schedules`. */
  readonly key: string;
  readonly holder: string;
  /**
   * Fencing token: grows with every change of hands. What is written under a lease carries it, so that a holder which was
   * paused for longer than its lease cannot write over its successor. Safety rests on this, not on clocks.
   */
  readonly token: number;
  readonly expiresAt: Date;
}

interface LeaseDocument {
  readonly _id: string;
  readonly token: number;
  readonly holder?: string;
  /** Absent when nobody holds it. */
  readonly expiresAt?: Date;
}

/** Leases across processes (OR-1). They outlive their holders, because tokens must never start anew. */
export class LeaseRepository {
  private readonly collection: Collection<LeaseDocument>;

  constructor(state: Db) {
    this.collection = state.collection<LeaseDocument>('leases');
  }

  /** Null while somebody else holds it. One who holds it already gets a new token: its earlier self is fenced off. */
  async acquire(key: string, holder: string, until: Date, now: Date): Promise<Lease | null> {
    const free = [{ expiresAt: { $exists: false } }, { expiresAt: { $lte: now } }, { holder }];
    const document = await this.call('acquire', async () => {
      try {
        return await this.collection.findOneAndUpdate(
          { _id: key, $or: free },
          { $set: { holder, expiresAt: until }, $inc: { token: 1 } },
          { upsert: true, returnDocument: 'after' },
        );
      } catch (error) {
        // The document is there and does not fit the filter, so the upsert tries to insert a second one.
        if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return null;
        throw error;
      }
    });
    return document === null ? null : { key, holder, token: document.token, expiresAt: until };
  }

  /** False: it has changed hands since. */
  async renew({ key, token }: Pick<Lease, 'key' | 'token'>, until: Date): Promise<boolean> {
    const { matchedCount } = await this.call('renew', () =>
      this.collection.updateOne(
        { _id: key, token, expiresAt: { $exists: true } },
        { $set: { expiresAt: until } },
      ),
    );
    return matchedCount === 1;
  }

  /** Whether this token is still the newest: nobody else has held the lease since, expired or not. */
  async isCurrent({ key, token }: Pick<Lease, 'key' | 'token'>): Promise<boolean> {
    const found = await this.call('isCurrent', () =>
      this.collection.findOne({ _id: key, token }, { projection: { _id: 1 } }),
    );
    return found !== null;
  }

  /** Does nothing when the lease has changed hands. */
  async release({ key, token }: Pick<Lease, 'key' | 'token'>): Promise<void> {
    await this.call('release', () =>
      this.collection.updateOne({ _id: key, token }, { $unset: { holder: true, expiresAt: true } }),
    );
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'leases', operation }, work);
  }
}
