import { ALL_SERVERS, type SyncEvent } from '@reelsync/core';
import { z } from 'zod';

import type { JobSubject } from '../catalog/job-definition';
import { parseFailedReason, progressRecordSchema, returnRecordSchema } from '../worker/job-records';
import type { LogRecord } from './log-record';
import type { StreamEntry } from './stream-tail';

const warningSchema = z.object({
  code: z.string(),
  message: z.string(),
  serverId: z.string().optional(),
});

/** Reads what the job last said about itself; undefined when it is gone or never said anything. */
export type ProgressLookup = (jobId: string) => Promise<unknown>;

/** Sync events of one entry of a queue's event stream; most entries (added, waiting, active …) are worth none. */
export async function recordsOf(entry: StreamEntry, lookUp: ProgressLookup): Promise<LogRecord[]> {
  const { event, jobId = '' } = entry.fields;
  if (event === 'progress') return ofProgress(entry, jobId);
  if (event === 'completed') return ofCompletion(entry, jobId);
  return event === 'failed' ? [await ofFailure(entry, jobId, lookUp)] : [];
}

function ofProgress(entry: StreamEntry, jobId: string): LogRecord[] {
  const { success, data: record } = progressRecordSchema.safeParse(json(entry.fields['data']));
  if (!success) return [];
  const { subject } = record;
  switch (record.kind) {
    case 'started':
      return [toRecord(entry, subject, { type: 'started', data: { jobId } })];
    case 'progress':
      return record.reports.map(({ operation, ...details }) =>
        toRecord(entry, subject, {
          type: 'progress',
          data: { ...details, jobId },
          ...(typeof operation === 'string' ? { operation } : {}),
        }),
      );
    // Comes right before the failure itself, which reads it from the job.
    case 'failing':
      return [];
  }
}

function ofCompletion(entry: StreamEntry, jobId: string): LogRecord[] {
  const { success, data: record } = returnRecordSchema.safeParse(json(entry.fields['returnvalue']));
  if (!success) return [toRecord(entry, unknownSubject(jobId), { type: 'complete', data: { jobId } })];
  const { subject, result, runIds } = record;
  const { warnings, ...details } = result;
  return [
    ...warningsIn(warnings).map(({ serverId = subject.serverId, ...data }) =>
      toRecord(entry, { ...subject, serverId }, { type: 'warning', data: { ...data, jobId } }, runIds),
    ),
    toTerminal(entry, subject, { type: 'complete', data: { ...COUNTS.complete, ...details, jobId } }, runIds),
  ];
}

/** BullMQ tells of the last failure only, and with no more than the id: final failures are few, so the job is read. */
async function ofFailure(entry: StreamEntry, jobId: string, lookUp: ProgressLookup): Promise<LogRecord> {
  const reason = entry.fields['failedReason'] ?? '';
  const data = {
    ...COUNTS.error,
    outcome: 'failed',
    code: parseFailedReason(reason)?.code ?? 'UNEXPECTED',
    jobId,
  };
  const { success, data: last } = progressRecordSchema.safeParse(await lookUp(jobId));
  const subject = success ? last.subject : unknownSubject(jobId);
  const runIds = success && last.kind === 'failing' ? last.runIds : undefined;
  return toTerminal(entry, subject, { type: 'error', data, error: reason }, runIds);
}

/** The names of sync-semantics §7.1. A unit counts once, however many operations it ran (B-44). */
const COUNTS = {
  complete: { totalOperations: 1, successful: 1, failed: 0 },
  error: { totalOperations: 1, successful: 0, failed: 1 },
} as const;

type EventPart = Pick<SyncEvent, 'type' | 'data' | 'operation' | 'error'>;

function toTerminal(
  entry: StreamEntry,
  subject: JobSubject,
  part: EventPart,
  runIds: readonly string[] | undefined,
): LogRecord {
  const record = toRecord(entry, subject, part, runIds);
  return subject.unit === undefined ? record : { ...record, claim: { kind: 'unit', name: subject.unit } };
}

function toRecord(
  entry: StreamEntry,
  { entityId, mediaType, serverId, runId, seasonNumber }: JobSubject,
  { data, ...part }: EventPart,
  runIds: readonly string[] = runId === undefined ? [] : [runId],
): LogRecord {
  const details = seasonNumber === undefined ? data : { seasonNumber, ...data };
  return {
    sourceId: entry.id,
    runIds,
    event: {
      entityId,
      mediaType,
      serverId,
      timestamp: timeOf(entry),
      ...part,
      ...(details === undefined ? {} : { data: details }),
    },
  };
}

/** Stream ids begin with Redis' time, so events of all workers have one clock. */
export function timeOf({ id }: Pick<StreamEntry, 'id'>): Date {
  return new Date(Number(id.split('-')[0]));
}

function warningsIn(value: unknown): z.output<typeof warningSchema>[] {
  return Array.isArray(value)
    ? value.flatMap((one) => {
        const { success, data } = warningSchema.safeParse(one);
        return success ? [data] : [];
      })
    : [];
}

/** EV-4: a terminal event comes even for a job that never told what it was about, such as one with a bad payload. */
function unknownSubject(jobId: string): JobSubject {
  return { entityId: jobId, mediaType: 'movie', serverId: ALL_SERVERS };
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
