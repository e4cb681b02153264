import { setTimeout as delay } from 'node:timers/promises';

import type { OutputOf } from './contract/endpoints';
import type { ReelsyncClient } from './reelsync-client';

export type BulkState = OutputOf<'getBulk'>;

export interface BulkDrive {
  readonly client: Pick<ReelsyncClient, 'getBulk' | 'advanceBulk' | 'finishBulk'>;
  readonly id: string;
  /** All titles of the source, from its beginning; undefined: they are read from the inventory. */
  readonly titles: AsyncIterable<string> | undefined;
  /** Nothing is added to a queue in which this many jobs wait. */
  readonly maxBacklog: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (state: BulkState, isWaiting: boolean) => void;
  /** Milliseconds between two looks at a queue that is full. */
  readonly pollMs?: number;
}

const CHUNK_SIZE = 500;
const POLL_MS = 500;

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
    for await (const chunk of chunksAfter(titles, state.position)) state = await step(drive, state, chunk);
  }
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
    state = await client.getBulk({ id }, { signal });
  }
  signal.throwIfAborted();
  const next = await client.advanceBulk(
    { id, position: before.position, ...(titles === undefined ? {} : { titles }) },
    { signal },
  );
  onProgress?.(next, false);
  return next;
}

async function* chunksAfter(titles: AsyncIterable<string>, position: number): AsyncGenerator<string[]> {
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
}
