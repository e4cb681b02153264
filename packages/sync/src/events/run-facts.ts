import {
  ALL_SERVERS,
  gapEvent,
  SENTINELS,
  unitData,
  unitKey,
  unitSubject,
  type SyncEvent,
} from '@reelsync/core';
import type { CountedUnit, Run, RunServer } from '@reelsync/database';
import type { EventSource, LogRecord } from '@reelsync/queue';

/** Names of the facts that begin and end a run; the log knows the ids of their events. */
export const RUN_STARTED = 'started';
export const RUN_ENDED = 'ended';

/** What was asked for, as far as events tell it. Only a scan reads servers. */
export function scopeOf({ scope }: Pick<Run, 'scope'>): {
  readonly serverIds: readonly string[];
  readonly force: boolean;
} {
  switch (scope.kind) {
    case 'all':
    case 'servers':
      return { serverIds: scope.serverIds, force: scope.force };
    case 'domain':
    case 'titles':
      return { serverIds: [], force: scope.force };
    case 'title-until-listed':
    case 'failed-jobs':
    case 'sweep':
    case 'retention':
      return { serverIds: [], force: false };
  }
}

/** All that is known of a run at this moment, in the order in which it is to be told (sync-semantics §7.1). */
export function factsUnderWay(run: Run): LogRecord[] {
  const { serverIds, force } = scopeOf(run);
  const { trigger, startedAt } = run;
  return [
    fact(run, RUN_STARTED, {
      type: 'started',
      entityId: SENTINELS.runStarted,
      timestamp: startedAt,
      data: { trigger, scope: run.scope.kind, servers: serverIds, forced: force },
    }),
    ...serverIds.map((serverId) =>
      fact(run, `server-started/${serverId}`, {
        type: 'started',
        entityId: SENTINELS.serverStarted,
        serverId,
        timestamp: startedAt,
      }),
    ),
    ...run.servers.map((server) => serverEnded(run, server)),
    ...(run.planningDone || run.status !== 'running' ? [planned(run)] : []),
  ];
}

/** EV-3: counts and a link. Always `complete`, also for a run that failed: the page waits for this very event (B-28). */
export function factsOfEnd(run: Run): LogRecord[] {
  const { id, status, counts, error, startedAt, finishedAt = startedAt } = run;
  const scanned = new Set(run.servers.map(({ serverId }) => serverId));
  const unscanned = scopeOf(run).serverIds.filter((serverId) => !scanned.has(serverId));
  return [
    ...unscanned.map((serverId) =>
      serverEnded(run, { serverId, status: 'failed', ...(error === undefined ? {} : { code: error.code }) }),
    ),
    fact(run, RUN_ENDED, {
      type: 'complete',
      entityId: SENTINELS.runEnded,
      timestamp: finishedAt,
      data: {
        status,
        summary: counts,
        durationMs: finishedAt.getTime() - startedAt.getTime(),
        link: `/api/v1/runs/${id}`,
        ...(error === undefined ? {} : { code: error.code }),
      },
      ...(error === undefined ? {} : { error: `${error.code}: ${error.message}` }),
    }),
  ];
}

/** A unit of a run that no job has told: rejected by the queue, lost with Redis, given up with its run (EV-4). */
export function endOfUnit(
  runId: string,
  { unit, outcome, code, message, finishedAt }: CountedUnit,
): LogRecord {
  const failed = outcome === 'failed';
  return {
    runIds: [runId],
    claim: { kind: 'unit', name: unitKey(unit) },
    event: {
      ...unitSubject(unit),
      type: failed ? 'error' : 'complete',
      timestamp: finishedAt,
      data: {
        ...unitData(unit),
        totalOperations: 1,
        successful: failed ? 0 : 1,
        failed: failed ? 1 : 0,
        outcome,
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      },
      ...(failed ? { error: `${code ?? 'UNEXPECTED'}: ${message ?? ''}` } : {}),
    },
  };
}

/** Nobody told anything for longer than the log remembers runs: a gap in it, once for all processes that come back. */
export function gapInRuns(
  from: Date,
  until: Date,
): { readonly record: LogRecord; readonly source: EventSource } {
  const sourceId = `${from.getTime()}-0`;
  const data = { runsEndedFrom: from.toISOString(), runsEndedUntil: until.toISOString() };
  return {
    record: { sourceId, runIds: [], event: gapEvent(until, data) },
    source: { name: 'runs', readUntil: sourceId },
  };
}

/** A parent's end may add children to the run: each new total is told. */
function planned(run: Run): LogRecord {
  const total = run.counts.planned;
  return fact(run, `planned/${total}`, {
    type: 'progress',
    entityId: SENTINELS.runPlanned,
    timestamp: run.finishedAt ?? run.startedAt,
    data: { stage: 'planned', total },
  });
}

/** `complete` also when the server failed (sync-semantics §7.1). */
function serverEnded(
  run: Run,
  server: Pick<RunServer, 'serverId' | 'status'> & Partial<RunServer>,
): LogRecord {
  const { serverId, status, titles = 0, changed = 0, vanished = 0, durationMs = 0, code } = server;
  return fact(run, `server-ended/${serverId}`, {
    type: 'complete',
    entityId: SENTINELS.serverEnded,
    serverId,
    timestamp: run.finishedAt ?? run.startedAt,
    data: { status, titles, changed, vanished, durationMs, ...(code === undefined ? {} : { code }) },
  });
}

function fact(
  run: Run,
  name: string,
  event: Omit<SyncEvent, 'mediaType' | 'serverId'> & Partial<Pick<SyncEvent, 'serverId'>>,
): LogRecord {
  return {
    runIds: [run.id],
    claim: { kind: 'run', name },
    event: { mediaType: 'movie', serverId: ALL_SERVERS, ...event },
  };
}
