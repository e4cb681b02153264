import { OPERATIONS, unitSubject, type Operation, type UnitKind } from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import { operationOf } from '../engine/unit-operations';
import type {
  BatchSummary,
  BatchSyncResult,
  OperationCounts,
  SyncFailure,
  SyncMode,
  SyncResult,
  TitleCounts,
} from './sync-batch';

export interface BatchFacts {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly serverId: string;
  /** As asked for; those without a unit count as failed. */
  readonly titles: readonly string[];
  readonly operations: readonly Operation[];
  readonly units: readonly RunUnit[];
  readonly durationMs: number;
  /** Of the batch as a whole. */
  readonly errors: readonly SyncFailure[];
}

/** Fields that no strategy owns (keys, ids, discovery) come from the listing, as the content does. */
const LISTED: Operation = 'content';
const KIND_ORDER: readonly UnitKind[] = ['movie', 'show', 'season', 'episodes'];

/** The result of a batch from how its units ended; the same whichever way they ran. */
export function batchResult(facts: BatchFacts): BatchSyncResult {
  const { runId, mode, errors, durationMs } = facts;
  const units = [...facts.units].sort(byTitle);
  const results = units.flatMap((unit) => resultsOf(unit, facts));
  return {
    runId,
    mode,
    results,
    summary: summarise(facts, results),
    duration: durationMs,
    errors: [...errors, ...units.flatMap(failureOf)],
  };
}

/** Operations in the order of the strategies, each once. */
export function requestedOperations(operations: readonly Operation[] | undefined): readonly Operation[] {
  return OPERATIONS.filter((operation) => operations === undefined || operations.includes(operation));
}

function byTitle({ unit: a }: RunUnit, { unit: b }: RunUnit): number {
  if (a.title !== b.title) return a.title < b.title ? -1 : 1;
  const order = KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind);
  return order === 0 && 'season' in a && 'season' in b ? a.season - b.season : order;
}

/**
 * A unit is applied as a whole: when it has failed, nothing is known for certain about any of its operations, and its next
 * attempt repeats them all, so all of them have failed.
 */
function resultsOf(end: RunUnit, { operations, serverId }: BatchFacts): SyncResult[] {
  const { unit, outcome, message, finishedAt } = end;
  const status = outcome === 'failed' || outcome === 'skipped' ? outcome : 'completed';
  return operations.map((operation) => ({
    status,
    entityId: unit.title,
    mediaType: unitSubject(unit).mediaType,
    operation,
    serverId,
    timestamp: finishedAt,
    changes: end.changedFields.filter((field) => (operationOf(unit.kind, field) ?? LISTED) === operation),
    errors: failureOf(end),
    metadata: {
      outcome,
      ...('season' in unit ? { seasonNumber: unit.season } : {}),
      ...(status === 'skipped' ? { reason: message ?? 'no server lists it any more' } : {}),
    },
  }));
}

function failureOf({ unit, outcome, code = 'UNEXPECTED', message = '' }: RunUnit): SyncFailure[] {
  return outcome === 'failed' ? [{ code, message, entityId: unit.title }] : [];
}

function summarise({ titles, units, operations }: BatchFacts, results: readonly SyncResult[]): BatchSummary {
  const byName = new Map<string, RunUnit[]>();
  for (const end of units) byName.set(end.unit.title, [...(byName.get(end.unit.title) ?? []), end]);
  const counts = { created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0 };
  const names = new Set(titles);
  for (const title of names) counts[titleOutcome(byName.get(title) ?? [])] += 1;
  const completed = counts.created + counts.updated + counts.unchanged;
  const ofTitles: TitleCounts = { total: names.size, completed, ...counts };
  const byOperation = operations.map((operation) => [operation, countOperation(operation, results)] as const);
  return { ...ofTitles, operations: Object.fromEntries(byOperation) };
}

function titleOutcome(units: readonly RunUnit[]): RunUnit['outcome'] {
  const has = (outcome: RunUnit['outcome']) => units.some((unit) => unit.outcome === outcome);
  if (units.length === 0 || has('failed')) return 'failed';
  const [own] = [...units].sort(byTitle);
  if (own?.outcome === 'created') return 'created';
  if (has('created') || has('updated')) return 'updated';
  return has('unchanged') ? 'unchanged' : 'skipped';
}

function countOperation(operation: Operation, results: readonly SyncResult[]): OperationCounts {
  const counts = { total: 0, changed: 0, unchanged: 0, failed: 0, skipped: 0 };
  for (const { operation: one, status, changes } of results) {
    if (one !== operation) continue;
    counts.total += 1;
    if (status !== 'completed') counts[status] += 1;
    else counts[changes.length > 0 ? 'changed' : 'unchanged'] += 1;
  }
  return counts;
}
