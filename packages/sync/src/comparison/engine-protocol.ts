import { z } from 'zod';

/** Sent to the engine process first, with whatever the engine needs to open. */
export const setupMessageSchema = z.object({ kind: z.literal('setup'), setup: z.unknown() });

/** Sent to the engine process when it is ready: the clock starts. */
export const BEGIN = 'begin';

/** What an engine process answers once its work is done. */
const engineReportSchema = z.object({
  durationMs: z.number(),
  /** Of the process since its start. */
  peakResidentBytes: z.number(),
  /** What the engine itself has to say; its caller knows the shape. */
  outcome: z.unknown(),
});
export type EngineReport<Outcome> = Omit<z.output<typeof engineReportSchema>, 'outcome'> & {
  readonly outcome: Outcome;
};

export const engineMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('done'), report: engineReportSchema }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type EngineMessage = z.output<typeof engineMessageSchema>;
