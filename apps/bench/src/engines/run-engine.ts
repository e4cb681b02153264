import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { BenchInstallation, OutsideCosts } from '../stage/bench-installation';
import { BEGIN, engineMessageSchema, type EngineName, type EngineReport } from './engine-protocol';

const ENTRY = join(__dirname, 'main.js');

/** One synchronisation of everything by one engine. */
export interface EngineRun extends OutsideCosts {
  readonly failed: number;
  /** Of the process that did the work. */
  readonly peakResidentBytes: number;
}

/** Starts the engine, waits until it is connected, and measures from the word "begin" to its report. */
export async function runEngine(
  name: EngineName,
  installation: BenchInstallation,
  signal: AbortSignal,
  floorOf?: string,
): Promise<EngineRun> {
  const child = fork(ENTRY, [name, ...(floorOf === undefined ? [] : [floorOf])], {
    env: installation.env,
    signal,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await message(child, 'ready');
    let report: EngineReport | undefined;
    const costs = await installation.cost(async () => {
      child.send(BEGIN);
      report = (await message(child, 'done')).report;
    });
    if (report === undefined) throw new Error(`engine ${name} reported nothing`);
    return { ...costs, ...report };
  } finally {
    child.disconnect();
    await ended(child);
  }
}

function message(child: ChildProcess, kind: 'ready'): Promise<{ kind: 'ready' }>;
function message(child: ChildProcess, kind: 'done'): Promise<{ kind: 'done'; report: EngineReport }>;
function message(child: ChildProcess, kind: 'ready' | 'done'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the engine ended with code ${code ?? 'none'}`)));
    child.on('message', (value) => {
      const parsed = engineMessageSchema.safeParse(value);
      if (parsed.success && parsed.data.kind === kind) resolve(parsed.data);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}
