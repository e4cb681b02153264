import { loadConfig } from '@reelsync/config';
import { serveEngine } from '@reelsync/sync';
import { openDirectEngine } from './direct-engine';
import { ENGINE_NAMES, type EngineName } from './engine-protocol';
import { openFlatEngine } from './flat-engine';
import { openFloorEngine } from './floor-engine';
import type { OpenEngine } from './open-engine';

const OPEN: Readonly<Record<EngineName, OpenEngine>> = {
  direct: openDirectEngine,
  flat: openFlatEngine,
  floor: openFloorEngine,
};

/** `main.js ENGINE`: one engine, one synchronisation, told by its parent when to begin. */
serveEngine(async () => {
  const [, , wanted, ...args] = process.argv;
  const name = ENGINE_NAMES.find((known) => known === wanted);
  if (name === undefined) throw new Error(`the engine must be one of ${ENGINE_NAMES.join(', ')}`);
  return OPEN[name](loadConfig({ env: process.env, cwd: '/nonexistent' }), args);
});
