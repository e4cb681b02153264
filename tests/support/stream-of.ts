/** What a request for named titles takes: a file or a listing may hold any number of them. */
export async function* streamOf<T>(...items: readonly T[]): AsyncIterable<T> {
  yield* await Promise.resolve(items);
}
