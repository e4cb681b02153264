import { z } from 'zod';

import type { JobSubject } from '../catalog/job-definition';
import type { JobReturn, ProgressReport } from './job-handler';

/*
 * What the worker writes beside a job for the event bridge, which sees only job ids in BullMQ's events. Carrying the
 * subject along saves it from reading every job.
 */

const subjectSchema: z.ZodType<JobSubject> = z.object({
  entityId: z.string(),
  mediaType: z.enum(['movie', 'tvshow', 'season', 'episode']),
  serverId: z.string(),
  runId: z.string().optional(),
});

const detailsSchema = z.record(z.string(), z.unknown());

/** The value of BullMQ's progress. */
export const progressRecordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), subject: subjectSchema }),
  z.object({ kind: z.literal('progress'), subject: subjectSchema, report: detailsSchema }),
]);

/** The return value of a completed job. */
export const returnRecordSchema = z.object({ subject: subjectSchema, result: detailsSchema });

export type ProgressRecord =
  | { readonly kind: 'started'; readonly subject: JobSubject }
  | { readonly kind: 'progress'; readonly subject: JobSubject; readonly report: ProgressReport };

export interface ReturnRecord {
  readonly subject: JobSubject;
  readonly result: JobReturn;
}

/** Start of every failed reason: the stable code. */
export function failedReason(code: string, message: string): string {
  return `${code}: ${message}`;
}

/** The code at the start of a failed reason; jobs that failed outside Reelsync have none. */
export function codeOfFailedReason(reason: string): string | undefined {
  return /^([A-Z][A-Z0-9_]*): /.exec(reason)?.[1];
}
