import {
  OPERATIONS,
  type Operation,
  type SyncEvent,
  type SyncEventBus,
  type SyncEventType,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import type { DirectObserver } from './direct-units';
import { operationOf } from './unit-operations';
import { MEDIA_TYPES } from './unit-subject';

export interface DirectEventsOptions {
  readonly bus: Pick<SyncEventBus, 'emit'>;
  readonly runId: string;
  readonly serverId: string;
  readonly operations: readonly Operation[];
  readonly now: () => Date;
}

/** Tells the bus what a direct run does, with the names of sync-semantics §7.1: what a worker's jobs tell through Redis. */
export class DirectEvents implements DirectObserver {
  constructor(private readonly options: DirectEventsOptions) {}

  started(unit: Unit): void {
    this.emit('started', unit, {});
  }

  ended(end: RunUnit, result: UnitResult | undefined): void {
    const { unit, outcome, changedFields, code, message } = end;
    for (const warning of result?.warnings ?? [])
      this.emit('warning', unit, { code: warning.code, message: warning.message });
    if (outcome === 'failed') {
      this.emit('error', unit, { code, outcome }, { error: message ?? '' });
      return;
    }
    for (const [operation, updatedFields] of fieldsByOperation(end))
      this.emit('progress', unit, { stage: outcome, progress: 100, updatedFields }, { operation });
    const totalOperations = this.options.operations.length;
    this.emit('complete', unit, {
      totalOperations,
      successful: outcome === 'skipped' ? 0 : totalOperations,
      failed: 0,
      outcome,
      changedFields,
      ...(code === undefined ? {} : { code }),
    });
  }

  private emit(
    type: SyncEventType,
    unit: Unit,
    data: Readonly<Record<string, unknown>>,
    extra: Pick<SyncEvent, 'operation' | 'error'> = {},
  ): void {
    const { bus, runId, serverId, now } = this.options;
    bus.emit({
      type,
      entityId: unit.title,
      mediaType: MEDIA_TYPES[unit.kind],
      serverId,
      timestamp: now(),
      data: { ...data, runId, ...('season' in unit ? { seasonNumber: unit.season } : {}) },
      ...extra,
    });
  }
}

/** In the order of the strategies; what nothing was written for says nothing. */
function fieldsByOperation({ unit, changedFields }: RunUnit): (readonly [Operation, readonly string[]])[] {
  return OPERATIONS.flatMap((operation) => {
    const fields = changedFields.filter((field) => operationOf(unit.kind, field) === operation);
    return fields.length === 0 ? [] : [[operation, fields] as const];
  });
}
