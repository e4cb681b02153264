import { setTimeout as delay } from 'node:timers/promises';

import type { OutputOf } from './contract/endpoints';
import type { ReelsyncClient } from './reelsync-client';

export type BulkState = OutputOf<'getBulk'>;

export interface BulkDrive {
  readonly client: Pick<ReelsyncClient, 'getBulk' | 'advanceBulk' | 'keepBulkAlive' | 'finishBulk'>;
  readonly id: string;
  /** All titles of the source, from its beginning; undefined: they are read from the inventory. */
  readonly titles: AsyncIterable<string> | undefined;
  /** Nothing is added to a queue in which this many jobs wait. */
  readonly maxBacklog: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (state: BulkState, isWaiting: boolean) => void;
  /** Milliseconds between two looks at a queue that is full. */
  readonly pollMs?: number;
  /** How long the source may be silent before the run is told that its producer is still there, in milliseconds. */
  readonly silenceMs?: number;
}

const CHUNK_SIZE = 500;
const POLL_MS = 500;
/** Often enough for the quarter of an hour after which a run without a sign of life is given up. */
const SILENCE_MS = 60_000;
const SILENT = Symbol('silent');

/**
 * Takes a bulk request from where it is to its end, at the pace of the workers. May be broken off at any point and driven
 * again with the same titles: those that were taken are passed over.
 */
export async function driveBulk(drive: BulkDrive): Promise<BulkState> {
  const { client, id, titles, signal } = drive;
  let state = await client.getBulk({ id }, { signal });
  if (titles === undefined) {
    while (!state.exhausted && state.status === 'open') state = await step(drive, state, undefined);
  } else {
    const chunks = chunksAfter(titles, state.position);
    for (let next = await read(drive, chunks); next.done !== true; next = await read(drive, chunks))
      state = await step(drive, state, next.value);
  }
  // A source may have ended because it was broken off.
  signal.throwIfAborted();
  return client.finishBulk({ id }, { signal });
}

async function step(
  { client, id, maxBacklog, signal, onProgress, pollMs = POLL_MS }: BulkDrive,
  before: BulkState,
  titles: string[] | undefined,
): Promise<BulkState> {
  let state = before;
  while (state.backlog >= maxBacklog) {
    onProgress?.(state, true);
    await delay(pollMs, undefined, { signal });
    state = await client.keepBulkAlive({ id }, { signal });
  }
  signal.throwIfAborted();
  const next = await client.advanceBulk(
    { id, position: before.position, ...(titles === undefined ? {} : { titles }) },
    { signal },
  );
  onProgress?.(next, false);
  return next;
}

/** The next chunk, for which somebody may have to type, or another program to work for hours. */
async function read<T>(
  { client, id, signal, silenceMs = SILENCE_MS }: BulkDrive,
  chunks: AsyncIterator<T, undefined>,
): Promise<IteratorResult<T, undefined>> {
  const next = chunks.next();
  for (;;) {
    const over = new AbortController();
    const silence = delay(silenceMs, SILENT, { signal: AbortSignal.any([signal, over.signal]) });
    try {
      const result = await Promise.race([next, silence]);
      if (result !== SILENT) return result;
    } finally {
      over.abort();
    }
    await client.keepBulkAlive({ id }, { signal });
  }
}

async function* chunksAfter(
  titles: AsyncIterable<string>,
  position: number,
): AsyncGenerator<string[], undefined> {
  let passed = 0;
  let chunk: string[] = [];
  for await (const title of titles) {
    passed += 1;
    if (passed <= position) continue;
    chunk.push(title);
    if (chunk.length < CHUNK_SIZE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
  return undefined;
}
