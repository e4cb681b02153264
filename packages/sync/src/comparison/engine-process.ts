import { fork, type ChildProcess } from 'node:child_process';
import type { z } from 'zod';
import { BEGIN, engineMessageSchema, type EngineMessage, type EngineReport } from './engine-protocol';

export interface EngineProcessOptions {
  /** Script that calls `serveEngine`. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Handed to the engine over a channel that no other process can see, so it may hold secrets. */
  readonly setup?: unknown;
  readonly signal: AbortSignal;
}

/** An engine in a process of its own, which opens first and begins when it is told to. Stop it in every case. */
export class EngineProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves when the engine is connected to everything. */
  static async start({ entry, args = [], env, setup, signal }: EngineProcessOptions): Promise<EngineProcess> {
    signal.throwIfAborted();
    const child = fork(entry, [...args], {
      env,
      signal,
      // Dates and undefined members arrive as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const engine = new EngineProcess(child, signal);
    try {
      await engine.ask({ kind: 'setup', setup }, 'ready');
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  /** One synchronisation. */
  async run<Outcome>(outcome: z.ZodType<Outcome>): Promise<EngineReport<Outcome>> {
    const { report } = await this.ask(BEGIN, 'done');
    return { ...report, outcome: outcome.parse(report.outcome) };
  }

  /** Ends the process if it has not ended, and waits until it is gone. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    await gone;
  }

  /** Sends a message and waits for its answer; throws what the engine failed with. */
  private ask<Kind extends EngineMessage['kind']>(
    question: object | string,
    answer: Kind,
  ): Promise<Extract<EngineMessage, { kind: Kind }>> {
    const { child, signal } = this;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        child.off('message', onMessage).off('error', onError).off('exit', onExit);
        // The child may still fail while nobody asks; `exit` tells the next one who does.
        child.on('error', ignoreError);
        settle();
      };
      const fail = (error: unknown): void => end(() => reject(toError(error)));
      const onError = (error: Error): void => fail(signal.aborted ? signal.reason : error);
      const onExit = (code: number | null, by: NodeJS.Signals | null): void =>
        fail(
          signal.aborted
            ? signal.reason
            : new Error(`its process ended early (${by ?? `code ${code ?? 'none'}`})`),
        );
      const onMessage = (value: unknown): void => {
        const message = engineMessageSchema.parse(value);
        if (message.kind === 'failed') fail(new Error(message.message));
        else if (isKind(message, answer)) end(() => resolve(message));
      };
      child.on('message', onMessage).once('error', onError).once('exit', onExit);
      child.send(question, (error) => {
        if (error !== null) onError(error);
      });
    });
  }
}

function isKind<Kind extends EngineMessage['kind']>(
  message: EngineMessage,
  kind: Kind,
): message is Extract<EngineMessage, { kind: Kind }> {
  return message.kind === kind;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function ignoreError(): void {
  // Told by `exit`.
}
