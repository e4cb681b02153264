/** As `Promise.all`, but waits for all of them before it throws the first failure: nothing goes on unobserved. */
export async function allSettled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
