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
  /** What the strategies are, for the events. */
  readonly activeOperations: readonly Operation[];
  readonly concurrency: number;
  readonly force: boolean;
  readonly mayStart?: PlanRequest['mayStart'];
  readonly signal: AbortSignal;
}

const DEFAULT_PATIENCE_MS = 60_000;

/** Brings units up to date in this process: the engine of the workers, without Redis. */
export class DirectSync {
  constructor(private readonly options: DirectSyncOptions) {}

  /** Answers with the ends of all units that were planned, whatever they are. Throws when ends could not be noted. */
  async run(units: AsyncIterable<Unit>, request: DirectSyncRequest): Promise<readonly RunUnit[]> {
    const { database, now } = this.options;
    const { runId, force, signal } = request;
    const ledger = new DirectLedger();
    const direct = this.directUnits(ledger, request);
    const planner = new UnitPlanner(ledger, direct, now);
    const wanted = force ? markForced(database, units, now) : units;
    try {
      await planner.plan(paced(wanted, direct), {
        runIds: [runId],
        urgency: 'bulk',
        signal,
        ...(request.operations === undefined ? {} : { operations: request.operations }),
        ...(request.mayStart === undefined ? {} : { mayStart: request.mayStart }),
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await direct.drain();
    }
    return [...ledger.ended(), ...ledger.open().map((unit) => notReached(unit, now()))];
  }

  private directUnits(
    ledger: DirectLedger,
    { runId, serverId, activeOperations, concurrency, signal }: DirectSyncRequest,
  ): DirectUnits {
    const { database, bus, now, random, patienceMs = DEFAULT_PATIENCE_MS } = this.options;
    const { inventory, gates, listings, movies, tvShows, seasons, episodes } = database;
    const events = new DirectEvents({ bus, runId, serverId, operations: activeOperations, now });
    const direct: DirectUnits = new DirectUnits({
      engine: () => engine,
      ledger,
      observer: this.observed(events),
      concurrency,
      patienceMs,
      signal,
      now,
      random,
    });
    const engine = createSyncEngine({
      ...this.options,
      database: { inventory, gates, listings, movies, tvShows, seasons, episodes, runs: ledger },
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

/** The caller stopped before the unit's turn came (EV-4). */
function notReached(unit: Unit, finishedAt: Date): RunUnit {
  const message = 'The sync was stopped before this was reached';
  return { unit, outcome: 'skipped', changedFields: [], code: 'JOB_CANCELLED', message, finishedAt };
}

/** Plans no further ahead than the work gets on. */
async function* paced(units: AsyncIterable<Unit>, direct: DirectUnits): AsyncIterable<Unit> {
  for await (const unit of units) {
    await direct.room();
    yield unit;
  }
}
