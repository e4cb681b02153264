import {
  ALL_SERVERS,
  narrowingKeys,
  narrowingOf,
  OPERATIONS,
  SENTINELS,
  unitKey,
  unitData,
  unitSubject,
  type Unit,
} from '@reelsync/core';
import { z } from 'zod';

import { defineJob, type JobDefinition, type QueueName } from './job-definition';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const KIB = 1024;

const runIdSchema = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 hexadecimal digits');

// Strict: a field that this version does not know needs a new `v`, else an older worker would ignore it in silence.
const titleSyncSchema = z.strictObject({
  v: z.literal(1),
  title: z.string().min(1).max(1000),
  runId: runIdSchema.optional(),
  operations: z.array(z.enum(OPERATIONS)).min(1).max(OPERATIONS.length).optional(),
});

const seasonSyncSchema = titleSyncSchema.extend({ season: z.int().nonnegative() });

const episodesSyncSchema = seasonSyncSchema.extend({
  /** Left out: all episodes of the season. */
  episodes: z.array(z.int().positive()).min(1).max(1000).optional(),
});

type TitleSync = z.output<typeof titleSyncSchema>;
type SeasonSync = z.output<typeof seasonSyncSchema>;
type EpisodesSync = z.output<typeof episodesSyncSchema>;

const libraryScanSchema = z.strictObject({
  v: z.literal(1),
  serverIds: z.array(z.string().min(1).max(200)).min(1).max(200),
  full: z.boolean(),
  force: z.boolean(),
  acceptShrunken: z.boolean(),
  /** Only what some run waits for when it starts (decision 0023). */
  awaited: z.literal(true).exactOptional(),
});

const titleWatchSchema = z.strictObject({
  v: z.literal(1),
  kind: z.enum(['movie', 'show']),
  title: z.string().min(1).max(1000),
  serverIds: z.array(z.string().min(1).max(200)).min(1).max(200),
});

const scheduleTriggerSchema = z.strictObject({
  v: z.literal(1),
  /** Id of the schedule: `sweep`, `scan/default`. */
  schedule: z.string().min(1).max(220),
  /** Somebody asked for it: then neither a pause nor the website's switch holds it back. */
  byHand: z.boolean().optional(),
});

const serverIdsSchema = z.array(z.string().min(1).max(200)).max(200);
const titlesSchema = z.array(z.string().min(1).max(1000)).max(1000);

/** What a delivery of a webhook asks for (`WebhookOrder`). */
const webhookOrderSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scan'), serverIds: serverIdsSchema, force: z.boolean() }),
  z.strictObject({
    kind: z.literal('units'),
    domain: z.enum(['movies', 'shows', 'seasons', 'episodes']),
    titles: titlesSchema,
    season: z.int().nonnegative().optional(),
    operations: z.array(z.enum(OPERATIONS)).optional(),
    force: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('title'),
    media: z.enum(['movie', 'show']),
    title: z.string().min(1).max(1000),
    serverIds: serverIdsSchema,
  }),
]);

const webhookStoreSchema = z.strictObject({
  v: z.literal(1),
  /** Of the delivery, in the log too. */
  id: z.string().regex(/^[0-9a-f]{24}$/),
  endpoint: z.enum(['sync', 'status', 'radarr', 'sonarr', 'generic']),
  source: z.string().optional(),
  event: z.string().optional(),
  titles: titlesSchema.optional(),
  receivedAt: z.iso.datetime(),
  replayKeys: z.array(z.string().min(1).max(300)).max(10).optional(),
  what: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('orders'), orders: z.array(webhookOrderSchema) }),
    /** It asks for nothing and is a line of the log. */
    z.strictObject({
      kind: z.literal('note'),
      outcome: z.enum(['accepted', 'ignored']),
      code: z.string(),
      message: z.string(),
    }),
    z.strictObject({
      kind: z.literal('status'),
      serverId: z.string().min(1).max(200),
      status: z.enum(['normal', 'elevated', 'heavy', 'critical']),
    }),
  ]),
});

/** What the jobs of all units have in common. */
const UNIT_JOB = {
  attempts: 5,
  backoff: { baseMs: 2 * SECOND, capMs: 5 * MINUTE },
  deadlineMs: 2 * MINUTE,
  retention: {
    completed: { count: 1000, ageSeconds: HOUR_S },
    failed: { count: 5000, ageSeconds: 7 * DAY_S },
  },
  sizeLimit: 8 * KIB,
};

/** The job that brings one unit up to date: requests for one unit merge when they are narrowed alike. */
function defineUnitJob<Payload extends TitleSync & Partial<EpisodesSync>>(
  queue: QueueName,
  schema: z.ZodType<Payload>,
  unitOf: (payload: Payload) => Unit,
): JobDefinition<Payload> {
  return defineJob({
    ...UNIT_JOB,
    queue,
    schema,
    deduplication: {
      key: (payload) => narrowed(unitKey(unitOf(payload)), payload),
      debounceMs: 0,
    },
    subject: (payload) => {
      const unit = unitOf(payload);
      return { ...unitSubject(unit), ...unitData(unit), unit: unitKey(unit), runId: payload.runId };
    },
  });
}

/** Every job of Reelsync. Producers and handlers are typed by it; a new job is a new entry here. */
export const JOB_CATALOG = {
  'movie.sync': defineUnitJob<TitleSync>('movies', titleSyncSchema, ({ title }) => ({
    kind: 'movie',
    title,
  })),
  'show.sync': defineUnitJob<TitleSync>('shows', titleSyncSchema, ({ title }) => ({
    kind: 'show',
    title,
  })),
  'season.sync': defineUnitJob<SeasonSync>('seasons', seasonSyncSchema, ({ title, season }) => ({
    kind: 'season',
    title,
    season,
  })),
  'episodes.sync': {
    ...defineUnitJob<EpisodesSync>('episodes', episodesSyncSchema, ({ title, season }) => ({
      kind: 'episodes',
      title,
      season,
    })),
    // Two files per episode, and seasons may have hundreds.
    deadlineMs: 10 * MINUTE,
  },
  'library.scan': defineJob({
    queue: 'scans',
    schema: libraryScanSchema,
    attempts: 3,
    backoff: { baseMs: 5 * SECOND, capMs: 5 * MINUTE },
    deadlineMs: 15 * MINUTE,
    deduplication: { key: scanKey, debounceMs: 250 },
    retention: {
      completed: { count: 200, ageSeconds: DAY_S },
      failed: { count: 500, ageSeconds: 7 * DAY_S },
    },
    sizeLimit: 64 * KIB,
    subject: ({ serverIds }) => ({
      entityId: SENTINELS.scan,
      mediaType: 'movie',
      serverId: serverIds.join(','),
    }),
  }),
  /** Looks whether the servers list a change of one title, for every run that waits for it; asks for a scan if not. */
  'title.watch': defineJob({
    queue: 'scans',
    schema: titleWatchSchema,
    attempts: 5,
    backoff: { baseMs: 2 * SECOND, capMs: MINUTE },
    deadlineMs: MINUTE,
    deduplication: { key: titleWatchKey, debounceMs: 0 },
    retention: {
      completed: { count: 200, ageSeconds: HOUR_S },
      failed: { count: 500, ageSeconds: 7 * DAY_S },
    },
    sizeLimit: 64 * KIB,
    subject: ({ kind, serverIds }) => ({
      entityId: SENTINELS.titleWatch,
      mediaType: kind === 'movie' ? 'movie' : 'tvshow',
      serverId: serverIds.join(','),
    }),
  }),
  /**
   * Takes a delivery into the inbox that came while MongoDB was away (decision 0024). Waiting for MongoDB uses no attempt. A
   * delivery that is repeated meanwhile merges; one that nothing identifies is a delivery of its own.
   */
  'webhook.store': defineJob({
    queue: 'scans',
    schema: webhookStoreSchema,
    attempts: 15,
    backoff: { baseMs: 2 * SECOND, capMs: 5 * MINUTE },
    deadlineMs: MINUTE,
    deduplication: { key: ({ id, replayKeys = [] }) => `webhook/${replayKeys[0] ?? id}`, debounceMs: 0 },
    retention: {
      completed: { count: 200, ageSeconds: HOUR_S },
      failed: { count: 5000, ageSeconds: 7 * DAY_S },
    },
    // As long as a body may be by default, and what the orders add to it.
    sizeLimit: 2 * KIB * KIB,
    subject: ({ source }) => ({
      entityId: SENTINELS.webhook,
      mediaType: 'movie',
      serverId: source ?? ALL_SERVERS,
    }),
  }),
  /** One tick of a schedule; see `packages/queue/src/schedulers`. */
  'schedule.trigger': defineJob({
    queue: 'schedules',
    schema: scheduleTriggerSchema,
    attempts: 3,
    backoff: { baseMs: 2 * SECOND, capMs: MINUTE },
    deadlineMs: 15 * MINUTE,
    deduplication: { key: ({ schedule }) => scheduleKey(schedule), debounceMs: 0 },
    retention: {
      completed: { count: 200, ageSeconds: DAY_S },
      failed: { count: 200, ageSeconds: 7 * DAY_S },
    },
    sizeLimit: KIB,
    subject: () => ({ entityId: SENTINELS.schedule, mediaType: 'movie', serverId: ALL_SERVERS }),
  }),
};

/** Jobs that bring one unit up to date. */
export type UnitJobName = 'movie.sync' | 'show.sync' | 'season.sync' | 'episodes.sync';

/** Job name -> payload type, from the schemas. */
export type JobPayloads = {
  [N in keyof typeof JOB_CATALOG]: (typeof JOB_CATALOG)[N] extends JobDefinition<infer Payload>
    ? Payload
    : never;
};
export type JobName = keyof JobPayloads;
export type JobPayload<N extends JobName> = JobPayloads[N];

/** A request for a part of a unit must not swallow, or be swallowed by, a request for all of it. */
function narrowed(key: string, payload: Parameters<typeof narrowingOf>[0]): string {
  const prefixes = Object.entries(narrowingKeys(narrowingOf(payload))).map(
    ([name, value]) => `${name}=${value}/`,
  );
  return prefixes.join('') + key;
}

/**
 * Identity of a scan: requests with one key merge, and a scan works for every run that waits for its key (it names no
 * run itself). What was asked for beyond the servers is part of the key: merged into an ordinary scan, the operator's
 * consent to a shrunken listing would be lost.
 */
export function scanKey(scan: z.output<typeof libraryScanSchema>): string {
  const { full, force, acceptShrunken, awaited } = scan;
  const flags = Object.entries({ full, force, acceptShrunken, awaited }).flatMap(([flag, isSet]) =>
    isSet ? [flag] : [],
  );
  return `scan/${flags.join('+') || 'changes'}/${JSON.stringify([...new Set(scan.serverIds)].sort())}`;
}

/** Reads back what `scanKey` has written; undefined when the key is that of another job. */
export function scanOfKey(key: string): z.output<typeof libraryScanSchema> | undefined {
  const [, named, servers] = /^scan\/([^/]+)\/(.+)$/s.exec(key) ?? [];
  if (named === undefined || servers === undefined) return undefined;
  const serverIds: unknown = JSON.parse(servers);
  const isSet = (flag: string) => named.split('+').includes(flag);
  return libraryScanSchema.parse({
    v: 1,
    serverIds,
    full: isSet('full'),
    force: isSet('force'),
    acceptShrunken: isSet('acceptShrunken'),
    ...(isSet('awaited') ? { awaited: true } : {}),
  });
}

/** Identity of a watch: runs that wait for a change of one title on the same servers share its looks. */
export function titleWatchKey({ kind, title, serverIds }: z.output<typeof titleWatchSchema>): string {
  return `watch/${kind}/${JSON.stringify([...new Set(serverIds)].sort())}/${title}`;
}

/** Identity of what a schedule does: requests for it merge, and one tick works for every run that waits for it. */
export function scheduleKey(scheduleId: string): string {
  return `schedule/${scheduleId}`;
}
