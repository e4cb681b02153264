import type { Operation, Unit } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import { inChunks } from '@reelsync/domain';

type ForceMarks = Pick<DatabaseAdapter, 'gates' | 'inventory'>;

/**
 * Passes units on after each has been marked as forced. A mark in MongoDB and not a flag in the job: it survives merging
 * and a wiped Redis (decision 0005). Some operations have marks of their own, else the next scan would do all. A unit that no
 * server ever listed gets none, for no job could ever answer it.
 */
export async function* markForced(
  { inventory, gates }: ForceMarks,
  units: AsyncIterable<Unit> | Iterable<Unit>,
  now: () => Date,
  operations?: readonly Operation[],
): AsyncIterable<Unit> {
  for await (const chunk of inChunks(units)) {
    const known = await Promise.all(
      chunk.map(async (unit) => ((await inventory.load(unit)).length > 0 ? [unit] : [])),
    );
    await gates.requestForce(known.flat(), now(), operations);
    yield* chunk;
  }
}
