import type { Operation, SyncEventBus, Unit } from '@reelsync/core';
import type { DatabaseAdapter, RunUnit } from '@reelsync/database';
import { UnitPlanner, type PlanRequest } from '@reelsync/domain';
import { markForced } from '../requests/mark-forced';
import { createSyncEngine, type SyncEngineOptions } from './create-sync-engine';
import { DirectEvents } from './direct-events';
import { DirectLedger } from './direct-ledger';
import { DirectUnits, type DirectObserver } from './direct-units';

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

const DEFAULT_PATIENCE_MS = 60_000;

const NOT_REACHED = {
  code: 'JOB_CANCELLED',
  message: 'The sync was stopped before this was reached',
} as const;

/** Brings units up to date in this process: the engine of the workers, without Redis. */
export class DirectSync {
  constructor(private readonly options: DirectSyncOptions) {}

  /** Answers with the ends of all units that were planned, whatever they are. Throws when ends could not be noted. */
  async run(units: AsyncIterable<Unit>, request: DirectSyncRequest): Promise<readonly RunUnit[]> {
    const { bus, now } = this.options;
    const { runId, serverId } = request;
    const events = new DirectEvents({ bus, runId, serverId, now });
    const ledger = new DirectLedger();
    try {
      await this.work(units, request, ledger, events);
    } finally {
      // A unit whose turn never came has ended as well (EV-4).
      for (const end of ledger.abandon(NOT_REACHED, now())) events.ended(end, undefined);
      events.finished(ledger.ended());
    }
    return ledger.ended();
  }

  private async work(
    units: AsyncIterable<Unit>,
    { runId, force, signal, operations, mayStart, concurrency }: DirectSyncRequest,
    ledger: DirectLedger,
    events: DirectEvents,
  ): Promise<void> {
    const { database, now } = this.options;
    const direct = this.directUnits(ledger, events, { concurrency, signal });
    const wanted = force ? markForced(database, units, now) : units;
    try {
      await new UnitPlanner(ledger, direct, now).plan(paced(wanted, direct), {
        runIds: [runId],
        urgency: 'bulk',
        signal,
        ...(operations === undefined ? {} : { operations }),
        ...(mayStart === undefined ? {} : { mayStart }),
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await direct.drain();
    }
  }

  private directUnits(
    ledger: DirectLedger,
    events: DirectEvents,
    limits: Pick<DirectSyncRequest, 'concurrency' | 'signal'>,
  ): DirectUnits {
    const { database, now, random, patienceMs = DEFAULT_PATIENCE_MS } = this.options;
    const { inventory, gates, listings, serverHolds, movies, tvShows, seasons, episodes } = database;
    const direct: DirectUnits = new DirectUnits({
      engine: () => engine,
      ledger,
      observer: this.observed(events),
      patienceMs,
      now,
      random,
      ...limits,
    });
    const engine = createSyncEngine({
      ...this.options,
      database: { inventory, gates, listings, serverHolds, movies, tvShows, seasons, episodes, runs: ledger },
      enqueuer: direct,
    });
    return direct;
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

/** Plans no further ahead than the work gets on. */
async function* paced(units: AsyncIterable<Unit>, direct: DirectUnits): AsyncIterable<Unit> {
  for await (const unit of units) {
    await direct.room();
    yield unit;
  }
}
