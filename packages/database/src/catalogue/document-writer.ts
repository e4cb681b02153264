import { BOOKKEEPING_FIELDS, planWrite, readLocks, ReelsyncError } from '@reelsync/core';
import type { Collection, ObjectId } from 'mongodb';
import { BulkWriter } from '../batching/bulk-writer';
import { WriteCollector } from '../batching/write-collector';
import type {
  CatalogueDocument,
  CatalogueFields,
  Fields,
  Stored,
  UpsertResult,
  WriteStamp,
} from './stored-document';

/** Written when a document is created and never again (sync-semantics §1.3). */
const ONCE_ONLY_FIELDS = ['initialDiscoveryDate', 'initialDiscoveryServer'];

/** Somebody else created, deleted or locked the document since it was read, or so it seems. */
export interface Raced {
  readonly outcome: 'raced';
  readonly cause?: ReelsyncError;
}

/**
 * The writes of one catalogue collection: collected, least possible, around locks. Both methods answer `raced` instead of
 * overwriting or dropping anything; the caller reads again and merges (RP-2).
 */
export class DocumentWriter<T extends CatalogueDocument> {
  private readonly collector: WriteCollector<CatalogueFields>;

  constructor(collection: Collection<CatalogueFields>) {
    this.collector = new WriteCollector(new BulkWriter(collection));
  }

  /** Creates the document unless one with its key exists by now; under the given id if others hold that already. */
  async create(
    key: Fields,
    wanted: Fields,
    stamp: WriteStamp,
    heldId: ObjectId | null,
  ): Promise<UpsertResult | Raced> {
    const fields = Object.entries(wanted).filter(
      ([field, value]) => value !== undefined && !(field in key) && !BOOKKEEPING_FIELDS.has(field),
    );
    try {
      const answer = await this.collector.write({
        kind: 'upsert',
        filter: key,
        update: {
          $setOnInsert: {
            ...(heldId === null ? {} : { _id: heldId }),
            ...Object.fromEntries(fields),
            createdAt: stamp.now,
            ...bookkeeping(stamp),
          },
        },
      });
      if (answer !== 'created') return { outcome: 'raced' };
    } catch (error) {
      // Two creations at the same time: MongoDB may refuse one of them with 11000.
      if (error instanceof ReelsyncError && error.code === 'DATABASE_CONFLICT')
        return { outcome: 'raced', cause: error };
      throw error;
    }
    return {
      outcome: 'created',
      changedFields: [...Object.keys(key), ...fields.map(([field]) => field)],
      ...(heldId === null ? {} : { isReturned: true as const }),
    };
  }

  /** Writes the difference, if there is one, and only under the locks that it was planned around (RP-3). */
  async change(
    current: Stored<T>,
    wanted: Fields,
    unset: readonly string[],
    stamp: WriteStamp,
  ): Promise<UpsertResult | Raced> {
    const existing: Fields = { ...current };
    const allowed = Object.fromEntries(
      Object.entries(wanted).filter(
        ([field]) => !ONCE_ONLY_FIELDS.includes(field) || existing[field] === undefined,
      ),
    );
    const removable = unset.filter((field) => !ONCE_ONLY_FIELDS.includes(field));
    const plan = planWrite(existing, allowed, removable, readLocks(current.lockedFields));
    if (plan.changedFields.length === 0) return { outcome: 'unchanged', changedFields: [] };
    const $set = { ...plan.set, ...bookkeeping(stamp) };
    const answer = await this.collector.write({
      kind: 'update',
      filter: { _id: current._id, lockedFields: current.lockedFields ?? { $exists: false } },
      update:
        plan.unset.length === 0
          ? { $set }
          : { $set, $unset: Object.fromEntries(plan.unset.map((path) => [path, true])) },
    });
    return answer === 'missed'
      ? { outcome: 'raced' }
      : { outcome: 'updated', changedFields: plan.changedFields };
  }
}

export function bookkeeping({ now, runId }: WriteStamp): Fields {
  return { updatedAt: now, lastSynced: now, ...(runId === undefined ? {} : { syncRunId: runId }) };
}
