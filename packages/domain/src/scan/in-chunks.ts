/** Items per round trip to MongoDB and Redis; bounds memory whatever the size of the library. */
const CHUNK_SIZE = 500;

/** Groups a stream; the last chunk may be smaller, none is empty. */
export async function* inChunks<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<readonly T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK_SIZE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
