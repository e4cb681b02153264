import { isDeepStrictEqual } from 'node:util';
import type { ScheduleTiming } from '@reelsync/core';
import type {
  JobSchedulerJson,
  JobSchedulerTemplateOptions,
  JobsOptions,
  Queue,
  RepeatOptions,
} from 'bullmq';

import { jobOptions, type BullOptions } from '../bullmq/bull-factory';
import { JOB_CATALOG } from '../catalog/job-catalog';
import { ReadyQueues } from '../producers/ready-queues';

/** One schedule as it shall be in Redis. */
export interface SchedulerSpec {
  readonly id: string;
  readonly timing: Exclude<ScheduleTiming, { readonly kind: 'off' }>;
  /** Of cron expressions. */
  readonly timeZone: string;
  /** Whether a new one with an interval ticks at once, or after the first interval. */
  readonly startsAtOnce: boolean;
}

export interface SchedulerChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const QUEUE = 'schedules';
const NOT_OF_TICKS: ReadonlySet<string> = new Set(['deduplication', 'delay', 'sizeLimit']);
const TRIGGER = 'schedule.trigger';

/**
 * BullMQ's job schedulers. They come to be and go nowhere else: instances that each upsert theirs at boot lose or double
 * them (BullMQ issues #3085, #3381, #3063). A tick is a trigger, never the work itself: templates cannot be deduplicated.
 */
export class SchedulerSet {
  private readonly queues: ReadyQueues;

  constructor(bull: BullOptions) {
    this.queues = new ReadyQueues(bull);
  }

  /**
   * Leaves exactly these; touches only what differs, so that the others keep their rhythm. Callers take turns: one who
   * reconciles holds a lease.
   */
  reconcile(specs: readonly SchedulerSpec[], now: Date): Promise<SchedulerChanges> {
    return this.queues.use(QUEUE, async (queue) => {
      const existing = new Map(
        (await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]),
      );
      const wanted = new Set(specs.map(({ id }) => id));
      const removed = [...existing.keys()].filter((key) => !wanted.has(key));
      const added = specs.filter(({ id }) => !existing.has(id));
      const changed = specs.filter((spec) => differs(spec, existing.get(spec.id)));
      for (const key of removed) await queue.removeJobScheduler(key);
      for (const spec of [...added, ...changed]) await upsert(queue, spec, now);
      return { added: added.map(({ id }) => id), changed: changed.map(({ id }) => id), removed };
    });
  }

  /** When each of them ticks next. */
  nextTicks(): Promise<ReadonlyMap<string, Date>> {
    return this.queues.use(QUEUE, async (queue) => {
      const schedulers = await queue.getJobSchedulers();
      return new Map(
        schedulers.flatMap(({ key, next }) => (next === undefined ? [] : [[key, new Date(next)] as const])),
      );
    });
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    return this.queues.close();
  }
}

async function upsert(queue: Queue, spec: SchedulerSpec, now: Date): Promise<void> {
  await queue.upsertJobScheduler(spec.id, repetition(spec, now), { name: TRIGGER, ...tickOf(spec) });
}

function tickOf({ id }: SchedulerSpec) {
  const data = { v: 1 as const, schedule: id };
  return { data, opts: tickOptions(jobOptions(JOB_CATALOG[TRIGGER], data, 'schedule')) };
}

/** A tick waits for its time and merges with nothing. */
function tickOptions(options: JobsOptions): JobSchedulerTemplateOptions {
  const kept = Object.entries(options).filter(([name]) => !NOT_OF_TICKS.has(name));
  return Object.fromEntries(kept);
}

function repetition({ timing, timeZone, startsAtOnce }: SchedulerSpec, now: Date): RepeatOptions {
  switch (timing.kind) {
    case 'every':
      return {
        every: timing.everyMs,
        ...(startsAtOnce ? {} : { startDate: now.getTime() + timing.everyMs }),
      };
    case 'cron':
      return { pattern: timing.pattern, tz: timeZone };
  }
}

function differs(spec: SchedulerSpec, existing: JobSchedulerJson | undefined): boolean {
  return existing !== undefined && (hasOtherTiming(spec, existing) || hasOtherTick(spec, existing));
}

function hasOtherTiming({ timing, timeZone }: SchedulerSpec, existing: JobSchedulerJson): boolean {
  switch (timing.kind) {
    case 'every':
      return existing.every !== timing.everyMs;
    case 'cron':
      return existing.pattern !== timing.pattern || existing.tz !== timeZone;
  }
}

/** Of another version: its ticks may be jobs that nobody understands any more. */
function hasOtherTick(spec: SchedulerSpec, { template }: JobSchedulerJson): boolean {
  const { data, opts } = tickOf(spec);
  const stored: Readonly<Record<string, unknown>> = { ...template?.opts };
  const isStored = ([name, value]: [string, unknown]) =>
    JSON.stringify(stored[name]) === JSON.stringify(value);
  return !isDeepStrictEqual(template?.data, data) || !Object.entries(opts).every(isStored);
}
