import { lockFingerprint, readLocks } from '@reelsync/core';
import type { Collection, Filter, ObjectId } from 'mongodb';
import type { DocumentKey } from './document-key';
import type { CatalogueDocument, CatalogueFields, DeleteResult, KeepReason, Stored } from './stored-document';

/**
 * What a filter can say about protection, for a document that somebody protects while we look: an empty lock tree is the
 * smallest object, and a missing one is none. A tree without any lock in it is kept too, which is the safe side.
 */
const STILL_UNPROTECTED = { manualEntry: { $ne: true }, lockedFields: { $not: { $gt: {} } } };

/** Of the documents that fit the filter, deletes what is neither locked nor entered by hand (CL-8). */
export async function deleteUnprotected<K>(
  collection: Collection<CatalogueFields>,
  filter: Filter<CatalogueFields>,
  key: DocumentKey<K>,
): Promise<DeleteResult<K>> {
  const before = await readProtection(collection, filter, key);
  const free = before.filter(({ reason }) => reason === undefined).map(({ _id }) => _id);
  if (free.length > 0) await collection.deleteMany({ _id: { $in: free }, ...STILL_UNPROTECTED });
  // What remains was kept, for whatever reason.
  const after = await readProtection(collection, { _id: { $in: before.map(({ _id }) => _id) } }, key);
  const remaining = new Set(after.map(({ _id }) => _id.toHexString()));
  return {
    deleted: before.filter(({ _id }) => !remaining.has(_id.toHexString())).map((document) => document.key),
    kept: after.map(({ key: kept, reason = 'locked' }) => ({ key: kept, reason })),
  };
}

interface Protection<K> {
  readonly _id: ObjectId;
  readonly key: K;
  readonly reason: KeepReason | undefined;
}

/** A document without a proper key is none of ours: it is left out, and so left alone. */
async function readProtection<K>(
  collection: Collection<CatalogueFields>,
  filter: Filter<CatalogueFields>,
  { fields, read }: DocumentKey<K>,
): Promise<Protection<K>[]> {
  const ofKey = Object.fromEntries(fields.map((field) => [field, 1] as const));
  const documents = await collection
    .find<Stored<CatalogueDocument>>(filter, {
      projection: { ...ofKey, manualEntry: 1, lockedFields: 1 },
      sort: { ...ofKey, _id: 1 },
    })
    .toArray();
  return documents.flatMap((document) => {
    const key = read({ ...document });
    return key === undefined ? [] : [{ _id: document._id, key, reason: keepReason(document) }];
  });
}

function keepReason({ manualEntry, lockedFields }: CatalogueDocument): KeepReason | undefined {
  if (manualEntry === true) return 'manual-entry';
  return lockFingerprint(readLocks(lockedFields)) === '' ? undefined : 'locked';
}
