import { spawn, type ChildProcess } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has written to stderr so far. */
  stderr(): string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Text on its standard input; without it the input is empty. */
  readonly input?: string;
}

/** Starts a built program of the checkout and collects what it writes. */
export function runProgram(
  entry: string,
  args: readonly string[],
  { env, cwd, input = '' }: RunOptions,
): RunningProgram {
  const child = spawn(process.execPath, [entry, ...args], { env, cwd, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  }
  child.stdin.end(input);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, ...output }));
  });
  return { child, finished, stderr: () => output.stderr };
}
