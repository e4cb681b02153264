/** Keys or operations per command: bounds memory and how long one command holds up the others. */
export const CHUNK_SIZE = 500;

/**
 * Lookups or writes of jobs that share one command. No season has so many episodes, so each is one read and one write; how
 * many come together is limited by the jobs that run, and MongoDB takes ten times as many.
 */
export const BATCH_LIMIT = 10_000;

export function* chunksOf<T>(items: readonly T[], size: number = CHUNK_SIZE): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
