import { ObjectId, type Collection, type Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** Who did something: a person at a terminal, a holder of an API token, or somebody who signed in. */
export interface Actor {
  readonly kind: 'cli' | 'token' | 'session';
  /** Account, name of the token or user name; never a secret. */
  readonly name: string;
}

/** Something that a person did to queues or jobs. */
export interface AuditEntry {
  readonly at: Date;
  readonly actor: Actor;
  /** What was done, for instance `failed-jobs.retry`. */
  readonly action: string;
  /** To what, and with which result; small. */
  readonly details: Readonly<Record<string, unknown>>;
}

type AuditDocument = AuditEntry & { readonly _id: string };

/** A record of who did what. Entries are only ever added; they expire (see the TTL index). */
export class AuditRepository {
  private readonly collection: Collection<AuditDocument>;

  constructor(state: Db) {
    this.collection = state.collection<AuditDocument>('audit');
  }

  async record(entry: AuditEntry): Promise<void> {
    await this.call('record', () =>
      this.collection.insertOne({ _id: new ObjectId().toHexString(), ...entry }),
    );
  }

  /** Newest first. */
  list({ limit }: { readonly limit: number }): Promise<AuditEntry[]> {
    return this.call('list', () =>
      this.collection
        .find(
          {},
          {
            projection: { _id: 0, at: 1, actor: 1, action: 1, details: 1 },
            sort: { at: -1, _id: -1 },
            limit,
          },
        )
        .toArray(),
    );
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'audit', operation }, work);
  }
}
