import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { DevServiceError } from '../dev-service-error';
import { exitWithParent } from './exit-with-parent';

export type OutputStream = 'stdout' | 'stderr';

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface CommonOptions {
  /** Used in messages. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The service gets no input; it is ended when this process dies in whatever way. */
  readonly endsWithParent?: boolean;
  readonly readyTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs?: number;
  readonly onLog?: (line: string, stream: OutputStream) => void;
}

/** A service is ready when a line of its output, or a repeated probe, yields a value. */
export type SpawnServiceOptions<T> = CommonOptions &
  (
    | { readonly ready: (line: string, stream: OutputStream) => T | undefined; readonly probe?: never }
    | { readonly probe: (signal: AbortSignal) => Promise<T | undefined>; readonly ready?: never }
  );

export interface SpawnedService<T> {
  readonly value: T;
  readonly pid: number;
  readonly exited: Promise<ServiceExit>;
  /** Ends the service and returns its exit code, null when a signal ended it. May be called again. */
  stop(): Promise<number | null>;
  /** Sends a signal; false when the service has already ended. */
  kill(signal?: NodeJS.Signals): boolean;
}

const PROBE_INTERVAL_MS = 25;
const OUTPUT_GRACE_MS = 500;
const REMEMBERED_LINES = 20;

/**
 * Starts a program and waits until it is ready. It runs in a process group of its own, so Ctrl-C in the terminal
 * reaches only this process, which then ends its services in the right order.
 */
export async function spawnService<T>(options: SpawnServiceOptions<T>): Promise<SpawnedService<T>> {
  const { readyTimeoutMs = 30_000, stopTimeoutMs = 10_000 } = options;
  const child = start(options);
  const recent: string[] = [];
  const exited = new Promise<ServiceExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const stop = (): Promise<number | null> => stopChild(child, exited, stopTimeoutMs);
  try {
    const value = await becomeReady(options, child, recent, readyTimeoutMs);
    return { value, pid: pidOf(child), exited, stop, kill: (signal = 'SIGTERM') => child.kill(signal) };
  } catch (error) {
    if (child.pid !== undefined) await stop();
    throw withOutput(error, recent);
  }
}

function start<T>(options: SpawnServiceOptions<T>): ChildProcess {
  const plain = { command: options.command, args: [...(options.args ?? [])] };
  const line = options.endsWithParent === true ? exitWithParent(plain.command, plain.args) : plain;
  return spawn(line.command, line.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function becomeReady<T>(
  options: SpawnServiceOptions<T>,
  child: ChildProcess,
  recent: string[],
  timeoutMs: number,
): Promise<T> {
  const { name } = options;
  const finished = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const fail = (code: 'SERVICE_NOT_STARTED' | 'SERVICE_EXITED' | 'SERVICE_NOT_READY', text: string): void =>
      reject(new DevServiceError(code, `${name} ${text}`, `Look at the last output of ${name}.`));
    const timer = setTimeout(
      () => fail('SERVICE_NOT_READY', `was not ready after ${timeoutMs} ms`),
      timeoutMs,
    );
    finished.signal.addEventListener('abort', () => clearTimeout(timer));
    child.on('error', (error) => fail('SERVICE_NOT_STARTED', `could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      const report = (): void =>
        fail('SERVICE_EXITED', `ended before it was ready (${signal ?? `exit code ${code ?? '?'}`})`);
      // 'close' follows the last output, which holds the reason, but not while a grandchild keeps the pipe open.
      child.once('close', report);
      setTimeout(report, OUTPUT_GRACE_MS).unref();
    });
    readLines(child, (line, stream) => {
      recent.push(line);
      recent.splice(0, recent.length - REMEMBERED_LINES);
      options.onLog?.(line, stream);
      if (finished.signal.aborted) return;
      const value = options.ready?.(line, stream);
      if (value !== undefined) resolve(value);
    });
    if (options.probe !== undefined) {
      pollUntilValue(options.probe, finished.signal).then((value) => {
        if (value !== undefined) resolve(value);
      }, reject);
    }
  }).finally(() => finished.abort());
}

async function pollUntilValue<T>(
  probe: (signal: AbortSignal) => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    // A signal of its own: sockets of finished probes would pile up listeners on the shared one.
    const value = await probe(AbortSignal.any([signal]));
    if (value !== undefined) return value;
    await delay(PROBE_INTERVAL_MS);
  }
  return undefined;
}

function readLines(child: ChildProcess, onLine: (line: string, stream: OutputStream) => void): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const input = child[stream];
    if (input !== null) createInterface({ input }).on('line', (line) => onLine(line, stream));
  }
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<ServiceExit>,
  timeoutMs: number,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    const timer = setTimeout(() => {
      // The whole group: a service that ignores SIGTERM cannot be trusted to end its own children.
      process.kill(-pidOf(child), 'SIGKILL');
    }, timeoutMs);
    await exited;
    clearTimeout(timer);
  }
  return (await exited).code;
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new TypeError('A spawned process has a pid');
  return child.pid;
}

function withOutput(error: unknown, recent: readonly string[]): unknown {
  if (!(error instanceof DevServiceError) || recent.length === 0) return error;
  return new DevServiceError(
    error.code,
    `${error.message}. Last output:\n${recent.join('\n')}`,
    error.advice,
    {
      cause: error,
    },
  );
}
