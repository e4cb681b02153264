import type { DatabaseConnection } from '@reelsync/database';

/** Times that Reelsync stamps on whatever it writes, over all of its collections. */
const WRITE_TIMES = [
  'updatedAt',
  'lastSynced',
  'changedAt',
  'pendingSince',
  'appliedAt',
  'failure.at',
  'completedAt',
  'lastAttempt.at',
];
/** The record of the run itself, the one thing that every run may write. */
const RUN_RECORDS = new Set(['runs', 'runUnits']);

/** Documents anywhere that carry a time of writing at or after this moment, apart from the records of runs. */
export async function countWritesSince(
  { catalogue, state }: DatabaseConnection,
  moment: Date,
): Promise<number> {
  const written = { $or: WRITE_TIMES.map((time) => ({ [time]: { $gte: moment } })) };
  let writes = 0;
  for (const db of [catalogue, state]) {
    for (const { name } of await db.listCollections().toArray()) {
      if (!RUN_RECORDS.has(name)) writes += await db.collection(name).countDocuments(written);
    }
  }
  return writes;
}
