import { z } from 'zod';

/** Engines that run in a process of their own and are told when to begin. The queue engine is the real worker. */
export const ENGINE_NAMES = ['direct', 'flat', 'floor'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const engineOutcomeSchema = z.object({
  /** Titles, seasons and the like that could not be brought in step. */
  failed: z.number(),
});
export type EngineOutcome = z.output<typeof engineOutcomeSchema>;
