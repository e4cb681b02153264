import { ReelsyncError } from '@reelsync/core';
import { BEGIN, setupMessageSchema, type EngineMessage } from './engine-protocol';
import { peakResidentBytes } from './process-memory';

export interface OpenedEngine<Outcome = unknown> {
  /** Synchronises, once. What it takes is measured. */
  run(): Promise<Outcome>;
  close(): Promise<void>;
}

/** Connects to everything and starts nothing. */
export type OpenEngine = (setup: unknown) => Promise<OpenedEngine>;

/** Makes this process one that `EngineProcess` starts. It lives as long as its parent wants it to, and not longer. */
export function serveEngine(open: OpenEngine): void {
  if (process.send === undefined) throw new Error('an engine process is started by EngineProcess only');
  process.once('disconnect', () => process.exit());
  let opened: OpenedEngine | undefined;
  process.on('message', (message) => {
    const work = message === BEGIN ? run(opened) : openFor(message).then(() => tell({ kind: 'ready' }));
    work.catch((error: unknown) => tell({ kind: 'failed', message: describe(error) }));
  });

  async function openFor(message: unknown): Promise<void> {
    opened = await open(setupMessageSchema.parse(message).setup);
  }
}

async function run(engine: OpenedEngine | undefined): Promise<void> {
  if (engine === undefined) throw new Error('the engine was told to begin before it was ready');
  const startedAt = performance.now();
  const outcome = await engine.run();
  const durationMs = performance.now() - startedAt;
  const peak = await peakResidentBytes(process.pid);
  await engine.close();
  tell({ kind: 'done', report: { durationMs, outcome, peakResidentBytes: peak } });
}

function tell(message: EngineMessage): void {
  process.send?.(message);
}

function describe(error: unknown): string {
  if (error instanceof ReelsyncError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
