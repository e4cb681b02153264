import {
  ALL_SERVERS,
  SENTINELS,
  UNIT_OUTCOMES,
  unitKey,
  unitData,
  unitSubject,
  type ReelsyncError,
  type SyncEvent,
  type SyncEventBus,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import type { DirectObserver } from './direct-units';
import { progressByOperation } from './unit-operations';

export interface DirectEventsOptions {
  readonly bus: Pick<SyncEventBus, 'emit'>;
  readonly runId: string;
  /** The server that the caller named. */
  readonly serverId: string;
  readonly now: () => Date;
}

/** Cancelled: the caller stopped it. Failed: it could not go on, and `failure` says why. */
export interface DirectEnding {
  readonly status: 'done' | 'cancelled' | 'failed';
  readonly failure?: ReelsyncError;
}

type EventPart = Pick<SyncEvent, 'type' | 'operation' | 'error'> & {
  readonly data?: Readonly<Record<string, unknown>>;
};

/** Tells the bus what a direct run does, with the names of sync-semantics §7.1: what a worker's jobs tell through Redis. */
export class DirectEvents implements DirectObserver {
  private readonly startedAt: Date;
  private toldTotal: number | undefined;
  private readonly told = { started: new Set<string>(), ended: new Set<string>() };

  constructor(private readonly options: DirectEventsOptions) {
    this.startedAt = options.now();
    this.emitSentinel(SENTINELS.runStarted, {
      type: 'started',
      data: { trigger: 'library', servers: [options.serverId] },
    });
  }

  /** Once per unit, as its end. */
  started(unit: Unit): void {
    if (!isNew(this.told.started, unit)) return;
    this.emitUnit(unit, { type: 'started' });
  }

  /** A unit counts once, however often it runs (EV-1) and however many operations it ran (B-44). */
  ended(end: RunUnit, result: UnitResult | undefined): void {
    if (!isNew(this.told.ended, end.unit)) return;
    const { unit, outcome, changedFields, code, message } = end;
    for (const warning of result?.warnings ?? [])
      this.emitUnit(unit, { type: 'warning', data: { ...warning } });
    for (const { operation, ...data } of progressByOperation(unit.kind, end))
      this.emitUnit(unit, { type: 'progress', operation, data });
    const failed = outcome === 'failed';
    this.emitUnit(unit, {
      type: failed ? 'error' : 'complete',
      data: {
        totalOperations: 1,
        successful: failed ? 0 : 1,
        failed: failed ? 1 : 0,
        outcome,
        ...(failed ? {} : { changedFields }),
        ...(code === undefined ? {} : { code }),
      },
      ...(failed ? { error: `${code ?? 'UNEXPECTED'}: ${message ?? ''}` } : {}),
    });
  }

  /** How many units the run has planned so far; each total once (EV-1). */
  planned(total: number): void {
    if (total === this.toldTotal) return;
    this.toldTotal = total;
    this.emitSentinel(SENTINELS.runPlanned, { type: 'progress', data: { stage: 'planned', total } });
  }

  /** The last event of the run: counts only (EV-3), and always `complete`, as that of a queued run is. */
  finished(ends: readonly RunUnit[], { status, failure }: DirectEnding): void {
    const counts = UNIT_OUTCOMES.map(
      (outcome) => [outcome, ends.filter((end) => end.outcome === outcome).length] as const,
    );
    this.emitSentinel(SENTINELS.runEnded, {
      type: 'complete',
      data: {
        status,
        summary: { planned: ends.length, ...Object.fromEntries(counts) },
        durationMs: this.options.now().getTime() - this.startedAt.getTime(),
        ...(failure === undefined ? {} : { code: failure.code }),
      },
      ...(failure === undefined ? {} : { error: `${failure.code}: ${failure.message}` }),
    });
  }

  private emitUnit(unit: Unit, part: EventPart): void {
    this.emit({ ...unitSubject(unit), ...part, data: { ...unitData(unit), ...part.data } });
  }

  private emitSentinel(entityId: string, part: EventPart): void {
    this.emit({ entityId, mediaType: 'movie', serverId: ALL_SERVERS, ...part });
  }

  private emit({ data, ...part }: EventPart & Pick<SyncEvent, 'entityId' | 'mediaType' | 'serverId'>): void {
    const { bus, runId, now } = this.options;
    bus.emit({ ...part, timestamp: now(), data: { ...data, runId, runIds: [runId] } });
  }
}

function isNew(told: Set<string>, unit: Unit): boolean {
  const before = told.size;
  return told.add(unitKey(unit)).size > before;
}
