import type { OpenUnit } from '@reelsync/database';

const CHUNK_SIZE = 500;

/** Groups open units that one call can enqueue: those of one run are narrowed alike. */
export async function* openUnitChunks(units: AsyncIterable<OpenUnit>): AsyncGenerator<readonly OpenUnit[]> {
  const byRun = new Map<string, OpenUnit[]>();
  for await (const unit of units) {
    const chunk = byRun.get(unit.runId) ?? [];
    byRun.set(unit.runId, chunk);
    chunk.push(unit);
    if (chunk.length < CHUNK_SIZE) continue;
    byRun.delete(unit.runId);
    yield chunk;
  }
  yield* byRun.values();
}
