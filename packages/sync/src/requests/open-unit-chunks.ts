import { narrowingKeys } from '@reelsync/core';
import type { OpenUnit } from '@reelsync/database';

const CHUNK_SIZE = 500;

/** Groups open units that one call can enqueue: those of one run that are narrowed alike (a retry's may differ). */
export async function* openUnitChunks(units: AsyncIterable<OpenUnit>): AsyncGenerator<readonly OpenUnit[]> {
  const groups = new Map<string, OpenUnit[]>();
  for await (const unit of units) {
    const group = `${unit.runId} ${JSON.stringify(narrowingKeys(unit.narrowing))}`;
    const chunk = groups.get(group) ?? [];
    groups.set(group, chunk);
    chunk.push(unit);
    if (chunk.length < CHUNK_SIZE) continue;
    groups.delete(group);
    yield chunk;
  }
  yield* groups.values();
}
