import { createHash } from 'node:crypto';
import type { DatabaseConnection } from '@reelsync/database';
import { BSON } from 'mongodb';

/** What every document holds, as a hash, by collection and `_id`. */
export type DatabaseSnapshot = ReadonlyMap<string, string>;

/**
 * The record of the run itself, the one thing that every run may write: what it did, its lease of the servers, and what the
 * schedules noted meanwhile.
 */
const RUN_RECORDS = new Set(['runs', 'runUnits', 'leases', 'schedules']);

/** When a listing was last asked for, whatever came of it: a run's record as well, kept where it is looked up. */
const LAST_ASKED = 'checkedAt';

/** Every document of both databases, apart from the records of runs. */
export async function takeSnapshot({ catalogue, state }: DatabaseConnection): Promise<DatabaseSnapshot> {
  const snapshot = new Map<string, string>();
  for (const db of [catalogue, state]) {
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      if (RUN_RECORDS.has(name)) continue;
      // Values stay as stored: 5 and 5.0 are not the same document.
      for await (const document of db
        .collection(name)
        .find({}, { promoteValues: false, projection: { [LAST_ASKED]: 0 } })) {
        const id = BSON.EJSON.stringify(document._id, { relaxed: false });
        snapshot.set(`${db.databaseName}.${name}/${id}`, hashOf(document));
      }
    }
  }
  return snapshot;
}

/** Documents that are new, gone or different. */
export function countChanges(before: DatabaseSnapshot, after: DatabaseSnapshot): number {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key)).length;
}

function hashOf(document: BSON.Document): string {
  return createHash('sha256').update(BSON.serialize(document)).digest('base64');
}
