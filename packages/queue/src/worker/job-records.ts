import { EVENT_MEDIA_TYPES, type ReelsyncError } from '@reelsync/core';
import { z } from 'zod';

import type { JobSubject } from '../catalog/job-definition';
import type { JobReturn, ProgressReport } from './job-handler';

/*
 * What the worker writes beside a job for the event bridge, which sees only job ids in BullMQ's events. Carrying the
 * subject along saves it from reading every job.
 */

const subjectSchema: z.ZodType<JobSubject> = z.object({
  entityId: z.string(),
  mediaType: z.enum(EVENT_MEDIA_TYPES),
  serverId: z.string(),
  runId: z.string().optional(),
  seasonNumber: z.number().optional(),
  unit: z.string().optional(),
});

const runIdsSchema = z.array(z.string());

const detailsSchema = z.record(z.string(), z.unknown());

/** The value of BullMQ's progress. */
export const progressRecordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), subject: subjectSchema }),
  z.object({ kind: z.literal('progress'), subject: subjectSchema, reports: z.array(detailsSchema) }),
  z.object({ kind: z.literal('failing'), subject: subjectSchema, runIds: runIdsSchema.optional() }),
]);

/** The return value of a completed job. */
export const returnRecordSchema = z.object({
  subject: subjectSchema,
  result: detailsSchema,
  runIds: runIdsSchema.optional(),
});

export type ProgressRecord =
  | { readonly kind: 'started'; readonly subject: JobSubject }
  | {
      readonly kind: 'progress';
      readonly subject: JobSubject;
      readonly reports: readonly ProgressReport[];
    }
  /** The last word before a final failure, of which BullMQ tells no more than the job's id. */
  | {
      readonly kind: 'failing';
      readonly subject: JobSubject;
      readonly runIds?: readonly string[] | undefined;
    };

export interface ReturnRecord {
  readonly subject: JobSubject;
  readonly result: JobReturn;
  /** The runs whose unit ended with the job. */
  readonly runIds?: readonly string[];
}

/** Every failed reason: the stable code, the file server that was at fault if one was, and what happened. */
export function failedReason({ code, message, context: { serverId } }: ReelsyncError): string {
  return `${code}${serverId === undefined ? '' : ` [${serverId}]`}: ${message}`;
}

export interface FailedReason {
  readonly code: string;
  readonly serverId?: string;
  readonly message: string;
}

/** The parts of a failed reason; undefined for jobs that failed outside Reelsync. */
export function parseFailedReason(reason: string): FailedReason | undefined {
  const [whole, code, serverId] = /^([A-Z][A-Z0-9_]*)(?: \[([A-Za-z0-9][\w-]*)\])?: /.exec(reason) ?? [];
  if (whole === undefined || code === undefined) return undefined;
  return { code, message: reason.slice(whole.length), ...(serverId === undefined ? {} : { serverId }) };
}
