import { once } from 'node:events';

/** Settles like the work, or rejects when the signal aborts; the work goes on by itself then. */
export async function untilAborted<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const work = begin();
  try {
    await Promise.race([work, once(signal, 'abort', { signal: over.signal })]);
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
  return work;
}
