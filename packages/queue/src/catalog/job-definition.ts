import type { EventMediaType } from '@reelsync/core';
import type { z } from 'zod';

import type { BackoffPolicy } from './backoff';

/** Every queue. A queue is a domain, in the plural; one worker of each runs per worker process. */
export const QUEUE_NAMES = ['movies', 'shows', 'seasons', 'episodes', 'scans', 'schedules'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** How long BullMQ keeps finished jobs; whichever bound is reached first. History lives in MongoDB. */
export interface RetentionPolicy {
  readonly count: number;
  readonly ageSeconds: number;
}

/** What a job is about, for events and log lines. */
export interface JobSubject {
  /** The title's folder name, or a sentinel such as `__library_scan__`. */
  readonly entityId: string;
  readonly mediaType: EventMediaType;
  readonly serverId: string;
  readonly runId?: string | undefined;
  readonly seasonNumber?: number | undefined;
  /** Key of the unit that the job brings up to date; a scan has none. */
  readonly unit?: string | undefined;
}

/** All that is fixed about one kind of job (design decision 7). The payload says which unit, never what changed. */
export interface JobDefinition<Payload> {
  readonly queue: QueueName;
  readonly schema: z.ZodType<Payload>;
  readonly attempts: number;
  readonly backoff: BackoffPolicy;
  readonly deadlineMs: number;
  readonly deduplication: {
    /**
     * Requests with one key merge: at most one job of it runs and one waits (keep last if active), so an event that
     * arrives while the job runs leads to exactly one more run.
     */
    readonly key: (payload: Payload) => string;
    /**
     * How long a new job waits for more requests to merge into it. Not restarted by them: a steady stream of events
     * must not postpone the job for ever.
     */
    readonly debounceMs: number;
  };
  readonly retention: { readonly completed: RetentionPolicy; readonly failed: RetentionPolicy };
  /** Largest payload, in bytes of JSON. */
  readonly sizeLimit: number;
  readonly subject: (payload: Payload) => JobSubject;
}

/** Job name -> definition. `Payloads` maps job names to payload types. */
export type JobCatalog<Payloads> = { readonly [N in keyof Payloads]: JobDefinition<Payloads[N]> };

/** Infers the payload type of one entry from its schema. */
export function defineJob<Payload>(definition: JobDefinition<Payload>): JobDefinition<Payload> {
  return definition;
}

/** Narrows a name that comes from Redis or from a caller outside the type system. */
export function isJobName<Payloads>(
  catalog: JobCatalog<Payloads>,
  name: string,
): name is keyof Payloads & string {
  return Object.hasOwn(catalog, name);
}

/** The catalog's queues, each once. */
export function queuesOf<Payloads>(catalog: JobCatalog<Payloads>): readonly QueueName[] {
  const used = new Set<QueueName>();
  for (const name in catalog) used.add(catalog[name].queue);
  return QUEUE_NAMES.filter((queue) => used.has(queue));
}
