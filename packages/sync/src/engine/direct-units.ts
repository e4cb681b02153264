import { setTimeout as delay } from 'node:timers/promises';
import {
  decideDisposition,
  ReelsyncError,
  toReelsyncError,
  unitKey,
  type Operation,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import type { EnqueueOptions, EnqueueReceipt, UnitContext, UnitEnqueuer } from '@reelsync/domain';
import { backoffDelayMs, JOB_CATALOG } from '@reelsync/queue';
import { bulkhead } from 'cockatiel';
import type { RunLedger, SyncEngine } from './create-sync-engine';

export interface DirectUnitsOptions {
  /** Asked for late: the engine is made with this as its enqueuer. */
  readonly engine: () => {
    readonly units: Pick<SyncEngine['units'], 'reconcile'>;
    readonly children: Pick<SyncEngine['children'], 'release'>;
  };
  readonly ledger: Pick<RunLedger, 'finishUnit'>;
  readonly observer: DirectObserver;
  /** Only these strategies run, also for what follows from a unit; default: all of them. */
  readonly operations?: readonly Operation[] | undefined;
  /** Units that are worked on at the same time. */
  readonly concurrency: number;
  /** How long a unit may wait between its attempts, all waits together, in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly random: () => number;
}

/** Is told how the work goes; must not throw. */
export interface DirectObserver {
  started(unit: Unit): void;
  /** Whenever an attempt to bring a unit up to date came to an end for good; a unit that is asked for anew has several. */
  ended(end: RunUnit, result: UnitResult | undefined): void;
}

/** As many as the queue's jobs for units have; those of all kinds are the same. */
const { attempts: MAX_ATTEMPTS, backoff: BACKOFF } = JOB_CATALOG['movie.sync'];

const UNLIMITED_QUEUE = Number.MAX_SAFE_INTEGER;

/** Units that wait for a place; a producer that is further ahead than this waits itself, so that memory stays bounded. */
const BACKLOG_LIMIT = 2000;

/**
 * Runs units in this process, as the queue and its workers would: the same order, the same decision what happens after
 * an error. A unit runs once at a time; a request for one that waits merges with it, one for a running unit follows it.
 */
export class DirectUnits implements UnitEnqueuer {
  private readonly slots;
  private readonly waiting = new Set<string>();
  private readonly latest = new Map<string, Promise<void>>();
  private readonly faults: ReelsyncError[] = [];
  /** Narrowed work leaves no failure on the gate, so it is remembered here that a parent cannot come. */
  private readonly failedNarrowed = new Map<string, ReelsyncError>();
  private readonly roomCalls: (() => void)[] = [];

  constructor(private readonly options: DirectUnitsOptions) {
    this.slots = bulkhead(options.concurrency, UNLIMITED_QUEUE);
  }

  enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]> {
    return Promise.resolve(units.map((unit) => this.take(unit, options)));
  }

  /** Its run does not end before its units, so nothing is taken back. */
  withdraw(): Promise<number> {
    return Promise.resolve(0);
  }

  /** Resolves when the backlog is short enough for more. For producers only: a unit that waited here could wait for itself. */
  async room(): Promise<void> {
    while (this.waiting.size >= BACKLOG_LIMIT)
      await new Promise<void>((resolve) => this.roomCalls.push(resolve));
  }

  /** Resolves when everything has ended that was enqueued, and what followed from it. Throws what kept a unit's end from being noted, or its children from starting. */
  async drain(): Promise<void> {
    while (this.latest.size > 0) await Promise.all(this.latest.values());
    const [fault] = this.faults.splice(0);
    if (fault !== undefined) throw fault;
  }

  private take(unit: Unit, options: EnqueueOptions): EnqueueReceipt {
    const failure = this.failedNarrowed.get(unitKey(unit));
    if (failure !== undefined)
      return { unit, status: 'rejected', code: failure.code, message: failure.message };
    return { unit, status: this.add(unit, options) ? 'created' : 'merged' };
  }

  private add(unit: Unit, options: EnqueueOptions): boolean {
    const key = unitKey(unit);
    if (this.waiting.has(key)) return false;
    this.waiting.add(key);
    const before = this.latest.get(key) ?? Promise.resolve();
    const work = before
      .then(() => this.run(unit, key, options))
      .catch((error: unknown) => void this.faults.push(toReelsyncError(error)))
      .finally(() => {
        if (this.latest.get(key) === work) this.latest.delete(key);
      });
    this.latest.set(key, work);
    return true;
  }

  private async run(unit: Unit, key: string, request: EnqueueOptions): Promise<void> {
    let isAnnounced = false;
    const attempt = async (): Promise<UnitResult> => {
      this.leaveBacklog(key);
      if (!isAnnounced) this.options.observer.started(unit);
      isAnnounced = true;
      return this.options.engine().units.reconcile(unit, this.contextOf(request));
    };
    // The place among the simultaneous units is free while one waits.
    await this.settle(await this.persist(() => this.slots.execute(attempt)), unit, request);
  }

  /** Tries until it works or further tries are useless. */
  private async persist<T>(attempt: () => Promise<T>): Promise<T | ReelsyncError> {
    const { signal, patienceMs } = this.options;
    let waitedMs = 0;
    for (let attemptsMade = 0; ;) {
      try {
        return await attempt();
      } catch (thrown) {
        if (signal.aborted) return cancelled();
        const error = toReelsyncError(thrown);
        const disposition = decideDisposition(error);
        if (disposition.kind === 'retry') attemptsMade += 1;
        const waitMs = this.waitAfter(disposition, attemptsMade);
        if (waitMs === undefined || waitedMs + waitMs > patienceMs) return error;
        waitedMs += waitMs;
        if (!(await waited(waitMs, signal))) return cancelled();
      }
    }
  }

  private waitAfter(
    disposition: ReturnType<typeof decideDisposition>,
    attemptsMade: number,
  ): number | undefined {
    switch (disposition.kind) {
      case 'delay':
        return disposition.delayMs;
      case 'retry':
        return attemptsMade < MAX_ATTEMPTS
          ? backoffDelayMs(BACKOFF, attemptsMade, this.options.random)
          : undefined;
      case 'dead-letter':
      case 'requeue':
        return undefined;
    }
  }

  /** As in a worker, children start before their parent is closed, whether it worked or not (design decision 5). */
  private async settle(
    ending: UnitResult | ReelsyncError,
    unit: Unit,
    { runIds, urgency }: EnqueueOptions,
  ): Promise<void> {
    const { engine, ledger, observer, operations, signal, now } = this.options;
    if (operations !== undefined && ending instanceof ReelsyncError)
      this.failedNarrowed.set(unitKey(unit), ending);
    const end = endOf(unit, ending, now());
    const released = signal.aborted
      ? undefined
      : await this.persist(() => engine().children.release(unit, { runIds, urgency }));
    if (released instanceof ReelsyncError && !signal.aborted) this.faults.push(released);
    await ledger.finishUnit({ ...end, runIds });
    observer.ended(end, ending instanceof ReelsyncError ? undefined : ending);
  }

  private contextOf({ runIds: [runId] }: EnqueueOptions): UnitContext {
    const { signal, operations } = this.options;
    signal.throwIfAborted();
    return {
      signal,
      ...(runId === undefined ? {} : { runId }),
      ...(operations === undefined ? {} : { operations }),
    };
  }

  private leaveBacklog(key: string): void {
    this.waiting.delete(key);
    if (this.waiting.size < BACKLOG_LIMIT) for (const call of this.roomCalls.splice(0)) call();
  }
}

function endOf(unit: Unit, ending: UnitResult | ReelsyncError, finishedAt: Date): RunUnit {
  if (!(ending instanceof ReelsyncError)) {
    const { outcome, changedFields } = ending;
    return { unit, outcome, changedFields, finishedAt };
  }
  const { code, message, category } = ending;
  const outcome = category === 'shutdown' ? 'skipped' : 'failed';
  return { unit, outcome, changedFields: [], code, message, finishedAt };
}

function cancelled(): ReelsyncError {
  return new ReelsyncError('JOB_CANCELLED', 'The caller stopped the sync; what is dirty stays pending');
}

/** False when the wait was cut short. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
