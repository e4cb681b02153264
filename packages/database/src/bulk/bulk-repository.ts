import type { Operation, Unit } from '@reelsync/core';
import { ObjectId, type Collection, type Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type { RunTrigger } from '../runs/run';

/** What a bulk request is to do with each of its titles. */
export interface BulkScope {
  readonly domain: 'movies' | 'shows' | 'seasons' | 'episodes';
  /** Where its titles come from: whoever drives it hands them over, or they are read from the inventory. */
  readonly source: 'titles' | 'inventory';
  readonly operations?: readonly Operation[];
  /** Of seasons and episodes: only these. */
  readonly seasons?: readonly number[];
  readonly force: boolean;
  /** Leave out what the catalogue has already. */
  readonly missingOnly: boolean;
  /** Only count. */
  readonly dryRun: boolean;
}

/** How far a bulk request is. Saved after each chunk, so a chunk may be handed over twice but none is left out. */
export interface BulkCursor {
  /** Titles taken from the source. */
  readonly position: number;
  /** The last unit that was read from the inventory. */
  readonly after?: Unit;
  /** Units put into runs. */
  readonly planned: number;
  /** Units left out because the catalogue has them. */
  readonly skipped: number;
  /** Titles that no server lists. */
  readonly unknown: number;
  /** The first few of them. */
  readonly unknownTitles?: readonly string[];
}

export interface BulkRequest extends BulkScope, BulkCursor {
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly requester?: string;
  /** Titles that the source has, as far as that was known in the beginning. */
  readonly total?: number;
  /** The run that its next units belong to: an interrupted request goes on in a new one. Absent until there is a unit. */
  readonly runId?: string;
  readonly status: 'open' | 'finished';
  readonly updatedAt: Date;
}

type BulkDocument = Omit<BulkRequest, 'id'> & { readonly _id: string };

/** Bulk requests and how far they are, so that they can be resumed. Old ones expire (see the TTL index). */
export class BulkRepository {
  private readonly collection: Collection<BulkDocument>;

  constructor(state: Db) {
    this.collection = state.collection<BulkDocument>('bulkRequests');
  }

  async create(
    request: BulkScope & Pick<BulkRequest, 'trigger' | 'requester' | 'total'>,
    at: Date,
  ): Promise<BulkRequest> {
    const id = new ObjectId().toHexString();
    const state = {
      ...request,
      position: 0,
      planned: 0,
      skipped: 0,
      unknown: 0,
      status: 'open' as const,
      updatedAt: at,
    };
    await this.call('create', () => this.collection.insertOne({ _id: id, ...state }));
    return { ...state, id };
  }

  async get(id: string): Promise<BulkRequest | null> {
    const document = await this.call('get', () => this.collection.findOne({ _id: id }));
    if (document === null) return null;
    const { _id, ...request } = document;
    return { ...request, id: _id };
  }

  async useRun(id: string, runId: string): Promise<void> {
    await this.call('useRun', () => this.collection.updateOne({ _id: id }, { $set: { runId } }));
  }

  /** False: somebody else has moved it on meanwhile. */
  async advance(id: string, from: number, cursor: BulkCursor, at: Date): Promise<boolean> {
    const { matchedCount } = await this.call('advance', () =>
      this.collection.updateOne({ _id: id, position: from }, { $set: { ...cursor, updatedAt: at } }),
    );
    return matchedCount === 1;
  }

  async finish(id: string, at: Date): Promise<void> {
    await this.call('finish', () =>
      this.collection.updateOne({ _id: id }, { $set: { status: 'finished', updatedAt: at } }),
    );
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'bulkRequests', operation }, work);
  }
}
