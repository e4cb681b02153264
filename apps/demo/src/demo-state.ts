import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DemoOptions } from './demo-options';

/** What a later start of the demo needs to find its catalogue again, with the same URLs and secrets. */
export interface DemoIdentity {
  readonly ports: readonly [number, number];
  readonly webhookIds: readonly [string, string];
  readonly adminPassword: string;
}

export interface DemoState {
  readonly dataDir: string;
  readonly identity: DemoIdentity;
  /** Names of the databases and of the Redis prefix: the demo never touches those of an installation. */
  readonly namespace: string;
  remember(ports: readonly [number, number]): Promise<void>;
  /** Removes what must not outlive a `--once` run. */
  discard(): Promise<void>;
}

/** `--once` works on fresh data in a folder of its own, so that it also runs beside a running demo. */
export async function openDemoState({
  once,
  titles,
  shows,
  dataDir: folder,
}: DemoOptions): Promise<DemoState> {
  if (once) {
    const dataDir = await mkdtemp(join(tmpdir(), 'reelsync-demo-'));
    return {
      dataDir,
      identity: newIdentity(),
      namespace: `ReelsyncDemo${randomBytes(4).toString('hex')}`,
      remember: () => Promise.resolve(),
      discard: () => rm(dataDir, { recursive: true, force: true }),
    };
  }
  const dataDir = resolve(folder);
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, `identity-${titles}-${shows}.json`);
  const identity = (await readIdentity(file)) ?? newIdentity();
  return {
    dataDir,
    identity,
    namespace: `ReelsyncDemo${titles}-${shows}`,
    remember: (ports) => writeFile(file, `${JSON.stringify({ ...identity, ports })}\n`, { mode: 0o600 }),
    discard: () => Promise.resolve(),
  };
}

function newIdentity(): DemoIdentity {
  const secret = (): string => randomBytes(12).toString('base64url');
  return { ports: [0, 0], webhookIds: [secret(), secret()], adminPassword: secret() };
}

async function readIdentity(file: string): Promise<DemoIdentity | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const value: unknown = JSON.parse(text);
  return isIdentity(value) ? value : undefined;
}

function isIdentity(value: unknown): value is DemoIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { ports, webhookIds, adminPassword } = value as Partial<Record<keyof DemoIdentity, unknown>>;
  const isPair = (pair: unknown, type: 'number' | 'string'): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((item) => typeof item === type);
  return isPair(ports, 'number') && isPair(webhookIds, 'string') && typeof adminPassword === 'string';
}
