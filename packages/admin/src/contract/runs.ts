import { UNIT_KINDS } from '@reelsync/core';
import { RUN_STATUSES } from '@reelsync/database';
import { z } from 'zod';

import { countSchema, dateSchema, idSchema, listOf } from './values';

const runServerSchema = z.object({
  serverId: z.string(),
  status: z.enum(['changed', 'not-modified', 'failed', 'refused']),
  titles: countSchema,
  changed: countSchema,
  vanished: countSchema,
  problems: listOf(z.object({ code: z.string(), title: z.string(), problem: z.string() })),
  problemCount: countSchema,
  bytes: countSchema,
  durationMs: z.number(),
  code: z.string().exactOptional(),
  message: z.string().exactOptional(),
});

const countsSchema = z.object({
  planned: countSchema,
  created: countSchema,
  updated: countSchema,
  unchanged: countSchema,
  skipped: countSchema,
  failed: countSchema,
  /** Answered by a job that another run had asked for. */
  merged: countSchema,
});

export const runSchema = z
  .object({
    id: idSchema,
    trigger: z.enum(['webhook', 'cli', 'schedule', 'admin', 'demo', 'library']),
    scope: z.record(z.string(), z.unknown()),
    requester: z.string().exactOptional(),
    status: z.enum(RUN_STATUSES),
    startedAt: dateSchema,
    finishedAt: dateSchema.exactOptional(),
    planningDone: z.boolean(),
    counts: countsSchema,
    countsByKind: z.object({
      movie: countsSchema,
      show: countsSchema,
      season: countsSchema,
      episodes: countsSchema,
    }),
    servers: listOf(runServerSchema),
    error: z.object({ code: z.string(), message: z.string() }).exactOptional(),
    note: z.string().exactOptional(),
  })
  .meta({ id: 'Run', description: 'One traceable piece of work and what became of its units.' });

export const unitFailureSchema = z
  .object({
    kind: z.enum(UNIT_KINDS),
    title: z.string(),
    season: countSchema.exactOptional(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'UnitFailure' });
