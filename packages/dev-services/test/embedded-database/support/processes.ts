import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** The built process entry, as in production of a demo: `npm test` builds first. */
export const MAIN = path.resolve(__dirname, '../../../dist/embedded-database/main.js');

const running = new Set<ChildProcess>();

/** A failed test must not leave its process behind. */
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export interface DatabaseProcess {
  readonly uri: string;
  readonly child: ChildProcess;
  /** What was written to stderr so far. */
  stderr(): string;
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export async function startProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<DatabaseProcess> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'test', ...env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  if (!Array.isArray(first)) throw new Error(`the database did not start: ${stderr}`);
  const { uri } = JSON.parse(String(first[0])) as { uri: string };
  return {
    uri,
    child,
    stderr: () => stderr,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs a script in another process and gives what it printed. */
export async function runScript(source: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['-e', source, ...args], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the script ended with ${String(code)}: ${output}`);
  return output;
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelsync-embedded-database-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
