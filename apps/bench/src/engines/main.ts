import { loadConfig } from '@reelsync/config';
import { peakResidentBytes } from '../measure/process-memory';
import { openDirectEngine } from './direct-engine';
import { BEGIN, ENGINE_NAMES, type EngineMessage, type EngineName } from './engine-protocol';
import { openFlatEngine } from './flat-engine';
import { openFloorEngine } from './floor-engine';
import type { OpenEngine } from './open-engine';

const OPEN: Readonly<Record<EngineName, OpenEngine>> = {
  direct: openDirectEngine,
  flat: openFlatEngine,
  floor: openFloorEngine,
};

/** `main.js ENGINE`: one engine, one synchronisation, told by its parent when to begin. */
async function main(): Promise<void> {
  const name = ENGINE_NAMES.find((known) => known === process.argv[2]);
  if (name === undefined) throw new Error(`the engine must be one of ${ENGINE_NAMES.join(', ')}`);
  const config = loadConfig({ env: process.env, cwd: '/nonexistent' });
  const engine = await OPEN[name](config, process.argv.slice(3));
  const begin = new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (message === BEGIN) resolve();
    });
  });
  tell({ kind: 'ready' });
  await begin;
  const startedAt = performance.now();
  const { failed } = await engine.run();
  const durationMs = performance.now() - startedAt;
  tell({
    kind: 'done',
    report: { durationMs, failed, peakResidentBytes: await peakResidentBytes(process.pid) },
  });
  await engine.close();
}

function tell(message: EngineMessage): void {
  process.send?.(message);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
