/** Keys or operations per command: bounds memory and how long one command holds up the others. */
export const CHUNK_SIZE = 500;

export function* chunksOf<T>(items: readonly T[], size: number = CHUNK_SIZE): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
