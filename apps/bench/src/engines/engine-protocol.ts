import { z } from 'zod';

/** Engines that run in a process of their own and are told when to begin. The queue engine is the real worker. */
export const ENGINE_NAMES = ['direct', 'flat', 'floor'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What an engine process answers once its work is done. */
export const engineReportSchema = z.object({
  durationMs: z.number(),
  /** Titles, seasons and the like that could not be brought in step. */
  failed: z.number(),
  peakResidentBytes: z.number(),
});
export type EngineReport = z.output<typeof engineReportSchema>;

export const engineMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('done'), report: engineReportSchema }),
]);
export type EngineMessage = z.output<typeof engineMessageSchema>;

/** Sent to the engine process: begin. */
export const BEGIN = 'begin';
