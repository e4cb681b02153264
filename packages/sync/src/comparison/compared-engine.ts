import type { ReelsyncConfig } from '@reelsync/config';
import type { MediaServer } from '@reelsync/core';
import { z } from 'zod';
import type { SyncResult } from '../manager/sync-batch';
import type { ComparedTitles } from './compared-titles';

export const COMPARED_ENGINES = ['direct', 'flat'] as const;
export type ComparedEngine = (typeof COMPARED_ENGINES)[number];

/** What an engine process is given. Only the comparison sends it, from objects of these types. */
export const engineSetupSchema = z.object({
  engine: z.enum(COMPARED_ENGINES),
  /** Over the scratch databases, with one server. */
  config: object<ReelsyncConfig>(),
  server: object<MediaServer>(),
  titles: object<ComparedTitles>(),
  faults: z.object({ rate: z.number(), seed: z.string() }).optional(),
});
export type EngineSetup = z.output<typeof engineSetupSchema>;

export const engineOutcomeSchema = z.object({
  httpRequests: z.number(),
  bytes: z.number(),
  databaseCommands: z.number(),
  memoryUsage: z.object({ start: object<NodeJS.MemoryUsage>(), end: object<NodeJS.MemoryUsage>() }),
  /** Of direct mode; flat sync has no such rows. */
  results: z.custom<readonly SyncResult[]>(Array.isArray),
  /** `code: message` of what went wrong. */
  problems: z.array(z.string()),
});
export type EngineOutcome = z.output<typeof engineOutcomeSchema>;

function object<T extends object>() {
  return z.custom<T>((value) => typeof value === 'object' && value !== null);
}
