import { z } from 'zod';

const jobDataSchema = z.object({
  title: z.string().optional(),
  season: z.int().optional(),
  serverIds: z.array(z.string()).optional(),
  endpoint: z.string().optional(),
  source: z.string().optional(),
  schedule: z.string().optional(),
});

/** What a job is about, read leniently: jobs of other versions have to be shown as well. */
export type JobTopic = Readonly<z.output<typeof jobDataSchema>>;

export function topicOf(data: unknown): JobTopic {
  const parsed = jobDataSchema.safeParse(data);
  return parsed.success ? parsed.data : {};
}

/**
 * A job as people know it: `The Matrix (1999)`, `Fargo, episodes of season 2`, `The Matrix (1999), once listed`,
 * `scan of default, server2`, `schedule sweep`, `webhook of radarr movies`.
 */
export function jobLabel(name: string, data: unknown): string {
  const { title, season, serverIds, endpoint, source, schedule } = topicOf(data);
  if (endpoint !== undefined) return `webhook of ${[endpoint, source].filter(Boolean).join(' ')}`;
  if (schedule !== undefined) return `schedule ${schedule}`;
  if (title !== undefined && serverIds !== undefined) return `${title}, once listed`;
  if (serverIds !== undefined && serverIds.length > 0) return `scan of ${serverIds.join(', ')}`;
  if (title === undefined) return name;
  if (season === undefined) return title;
  return name === 'episodes.sync' ? `${title}, episodes of season ${season}` : `${title}, season ${season}`;
}
