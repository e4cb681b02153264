import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** A run that waits until servers list a change of one title. */
export interface TitleWatch {
  readonly runId: string;
  /** Watches with one key look at the same title on the same servers. */
  readonly key: string;
  readonly kind: 'movie' | 'show';
  readonly title: string;
  readonly serverIds: readonly string[];
  /** What the inventory said about the title when the change was announced; see `TitleState`. */
  readonly baseline: string;
  /** A record that was changed then or later counts too: the listing may have been faster than the announcement. */
  readonly since?: Date;
  /** How often the listings have been looked at; one that could not be read was not. */
  readonly looks: number;
  /** When a scan was asked for last. */
  readonly lastLookAt?: Date;
  /** When each of the servers, in their order, had been read last at that time, by the clock of whoever did; null: never. */
  readonly readBefore?: readonly (Date | null)[];
  /** Milliseconds between two looks: doubling from the first pause, never more than the last. */
  readonly pace: { readonly firstMs: number; readonly maxMs: number };
  readonly nextLookAt: Date;
  /** Moves while the servers cannot be read. */
  readonly giveUpAt: Date;
  /** The end, whatever keeps the servers from being read. */
  readonly endsAt: Date;
}

/** What changes with each look. */
export type TitleLook = Required<
  Pick<TitleWatch, 'looks' | 'lastLookAt' | 'readBefore' | 'nextLookAt' | 'giveUpAt'>
>;

type TitleWatchDocument = Omit<TitleWatch, 'runId'> & { readonly _id: string };

/** Kept in MongoDB, so that a wiped Redis forgets none. */
export class TitleWatchRepository {
  private readonly collection: Collection<TitleWatchDocument>;

  constructor(state: Db) {
    this.collection = state.collection<TitleWatchDocument>('titleWatches');
  }

  async add({ runId, ...watch }: TitleWatch): Promise<void> {
    await this.call('add', () =>
      this.collection.updateOne({ _id: runId }, { $setOnInsert: watch }, { upsert: true }),
    );
  }

  /** Oldest first. */
  find(filter: Partial<Pick<TitleWatch, 'key'>> = {}): Promise<TitleWatch[]> {
    return this.call('find', async () => {
      const found = await this.collection.find(filter, { sort: { _id: 1 } }).toArray();
      return found.map(({ _id, ...watch }) => ({ ...watch, runId: _id }));
    });
  }

  async noteLook(runId: string, look: TitleLook): Promise<void> {
    await this.call('noteLook', () => this.collection.updateOne({ _id: runId }, { $set: { ...look } }));
  }

  async remove(runId: string): Promise<void> {
    await this.call('remove', () => this.collection.deleteOne({ _id: runId }));
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'titleWatches', operation }, work);
  }
}
