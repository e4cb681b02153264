import {
  toReelsyncError,
  type Operation,
  type ReelsyncError,
  type SyncEventBus,
  type Unit,
} from '@reelsync/core';
import type { DatabaseAdapter, RunUnit } from '@reelsync/database';
import { UnitPlanner, type PlanRequest } from '@reelsync/domain';
import { markForced } from '../requests/mark-forced';
import { createSyncEngine, type SyncEngine, type SyncEngineOptions } from './create-sync-engine';
import { DirectEvents, type DirectEnding } from './direct-events';
import { DirectLedger } from './direct-ledger';
import { DirectUnits, type DirectObserver, type DirectUnitsOptions } from './direct-units';

export interface DirectSyncOptions extends Omit<SyncEngineOptions, 'database' | 'enqueuer'> {
  readonly database: DatabaseAdapter;
  readonly bus: Pick<SyncEventBus, 'emit'>;
  readonly random: () => number;
  /** Called whenever a unit has ended. */
  readonly onUnitEnded?: () => void;
  /** How long a unit may wait between its attempts, all waits together, in milliseconds. */
  readonly patienceMs?: number;
}

export interface DirectSyncRequest {
  readonly runId: string;
  /** The server that the caller named, for the events. */
  readonly serverId: string;
  readonly operations?: readonly Operation[];
  readonly concurrency: number;
  readonly force: boolean;
  readonly mayStart?: PlanRequest['mayStart'];
  readonly signal: AbortSignal;
}

export interface DirectSyncResult {
  /** Of all units that were planned, whatever they are. */
  readonly ends: readonly RunUnit[];
  /** What kept the sync from going on, or something from being noted. */
  readonly failure?: ReelsyncError;
}

type Limits = Pick<DirectUnitsOptions, 'concurrency' | 'signal' | 'operations'>;

interface DirectParts {
  readonly direct: DirectUnits;
  readonly ledger: DirectLedger;
  readonly engine: SyncEngine;
}

const DEFAULT_PATIENCE_MS = 60_000;

const NOT_REACHED: Required<Pick<RunUnit, 'code' | 'message'>> = {
  code: 'JOB_CANCELLED',
  message: 'The sync was stopped before this was reached',
};

/** Brings units up to date in this process: the engine of the workers, without Redis. */
export class DirectSync {
  constructor(private readonly options: DirectSyncOptions) {}

  run(units: AsyncIterable<Unit>, request: DirectSyncRequest): Promise<DirectSyncResult> {
    const { database, now } = this.options;
    const { runId, force, signal, mayStart, operations } = request;
    const wanted = force ? markForced(database, units, now, operations) : units;
    return this.work(request, async ({ direct, ledger }) => {
      await new UnitPlanner(ledger, direct, now).plan(paced(wanted, direct), {
        runIds: [runId],
        urgency: 'bulk',
        signal,
        ...(mayStart === undefined ? {} : { mayStart }),
      });
    });
  }

  /** Reads the servers' listings and brings every dirty unit up to date: a scan of the queue engine, in this process. */
  scan(serverIds: readonly string[], request: DirectSyncRequest): Promise<DirectSyncResult> {
    const { runId, force, signal } = request;
    return this.work(request, async ({ engine }) => {
      await engine.scans.scan({
        runIds: [runId],
        serverIds,
        full: false,
        force,
        acceptShrunken: false,
        urgency: 'bulk',
        signal,
      });
    });
  }

  private async work(
    request: DirectSyncRequest,
    start: (parts: DirectParts) => Promise<void>,
  ): Promise<DirectSyncResult> {
    const { bus, now } = this.options;
    const { runId, serverId, concurrency, signal, operations } = request;
    const events = new DirectEvents({ bus, runId, serverId, now });
    const ledger = new DirectLedger();
    const failure = await this.failureOf(() =>
      this.start({ concurrency, signal, operations }, ledger, events, start),
    );
    const isCancelled = signal.aborted;
    events.planned(ledger.planned);
    // A unit whose turn never came has ended as well (EV-4).
    const reason = failure === undefined || isCancelled ? NOT_REACHED : notReached(failure);
    for (const end of ledger.abandon(reason, now())) events.ended(end, undefined);
    events.finished(ledger.ended(), isCancelled ? { status: 'cancelled' } : endingWith(failure));
    return { ends: ledger.ended(), ...(failure === undefined || isCancelled ? {} : { failure }) };
  }

  private async failureOf(work: () => Promise<void>): Promise<ReelsyncError | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      return toReelsyncError(error);
    }
  }

  private async start(
    limits: Limits,
    ledger: DirectLedger,
    events: DirectEvents,
    start: (parts: DirectParts) => Promise<void>,
  ): Promise<void> {
    const parts = this.compose(ledger, events, limits);
    try {
      await start(parts);
      // From now on each total is told that is new: a parent's end may add children.
      ledger.onPlanned = (total) => events.planned(total);
    } finally {
      await parts.direct.drain();
    }
  }

  private compose(ledger: DirectLedger, events: DirectEvents, limits: Limits): DirectParts {
    const { database, now, random, patienceMs = DEFAULT_PATIENCE_MS } = this.options;
    const { inventory, gates, listings, leases, serverHolds, titleWatches } = database;
    const { movies, tvShows, seasons, episodes } = database;
    const direct: DirectUnits = new DirectUnits({
      engine: () => engine,
      ledger,
      observer: this.observed(events),
      patienceMs,
      now,
      random,
      ...limits,
    });
    const engine: SyncEngine = createSyncEngine({
      ...this.options,
      database: {
        inventory,
        gates,
        listings,
        leases,
        serverHolds,
        titleWatches,
        movies,
        tvShows,
        seasons,
        episodes,
        runs: ledger,
      },
      enqueuer: direct,
    });
    return { direct, ledger, engine };
  }

  private observed(events: DirectObserver): DirectObserver {
    return {
      started: (unit) => events.started(unit),
      ended: (end, result) => {
        events.ended(end, result);
        this.options.onUnitEnded?.();
      },
    };
  }
}

function notReached({ code, message }: ReelsyncError): typeof NOT_REACHED {
  return { code, message: `The sync failed before this was reached: ${message}` };
}

function endingWith(failure: ReelsyncError | undefined): DirectEnding {
  return failure === undefined ? { status: 'done' } : { status: 'failed', failure };
}

/** Plans no further ahead than the work gets on. */
async function* paced(units: AsyncIterable<Unit>, direct: DirectUnits): AsyncIterable<Unit> {
  for await (const unit of units) {
    await direct.room();
    yield unit;
  }
}
