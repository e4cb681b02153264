import type { Unit } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';

/**
 * A mark in MongoDB and not a flag in the job: it survives merging and a wiped Redis (decision 0005). A unit that no
 * server ever listed gets none, for no job could ever answer it.
 */
export async function requestForce(
  { inventory, gates }: Pick<DatabaseAdapter, 'inventory' | 'gates'>,
  units: readonly Unit[],
  at: Date,
): Promise<void> {
  const known = await Promise.all(
    units.map(async (unit) => ((await inventory.load(unit)).length > 0 ? [unit] : [])),
  );
  await gates.requestForce(known.flat(), at);
}
