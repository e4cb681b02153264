import { lockFingerprint, readLocks } from '@reelsync/core';
import type { Collection, Filter } from 'mongodb';
import type { CatalogueDocument, CatalogueFields, DeleteResult, KeepReason, Stored } from './stored-document';

/**
 * What a filter can say about protection, for a document that somebody protects while we look: an empty lock tree is the
 * smallest object, and a missing one is none. A tree without any lock in it is kept too, which is the safe side.
 */
const STILL_UNPROTECTED = { manualEntry: { $ne: true }, lockedFields: { $not: { $gt: {} } } };

/** Deletes what is neither locked nor entered by hand (CL-8). What remains afterwards was kept. */
export async function deleteUnprotected(
  collection: Collection<CatalogueFields>,
  originalTitles: string[],
): Promise<DeleteResult> {
  const before = await readProtection(collection, { originalTitle: { $in: originalTitles } });
  const free = before.filter((document) => keepReason(document) === undefined).map(({ _id }) => _id);
  if (free.length > 0) await collection.deleteMany({ _id: { $in: free }, ...STILL_UNPROTECTED });
  const after = await readProtection(collection, { _id: { $in: before.map(({ _id }) => _id) } });
  const remaining = new Set(after.map(({ _id }) => _id.toHexString()));
  return {
    deleted: before
      .filter(({ _id }) => !remaining.has(_id.toHexString()))
      .map(({ originalTitle }) => originalTitle),
    kept: after.map((document) => ({
      originalTitle: document.originalTitle,
      reason: keepReason(document) ?? 'locked',
    })),
  };
}

function readProtection(
  collection: Collection<CatalogueFields>,
  filter: Filter<CatalogueFields>,
): Promise<Stored<CatalogueDocument>[]> {
  return collection
    .find<Stored<CatalogueDocument>>(filter, {
      projection: { originalTitle: 1, manualEntry: 1, lockedFields: 1 },
      sort: { originalTitle: 1, _id: 1 },
    })
    .toArray();
}

function keepReason({ manualEntry, lockedFields }: CatalogueDocument): KeepReason | undefined {
  if (manualEntry === true) return 'manual-entry';
  return lockFingerprint(readLocks(lockedFields)) === '' ? undefined : 'locked';
}
