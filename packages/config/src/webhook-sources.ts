import { enabledIds, type MediaServer } from '@reelsync/core';
import type { z } from 'zod';

import type { Findings } from './findings';
import { explainIssues, formatPath, type SettingPath } from './problems';
import { webhookSourceSchema } from './webhook-source-schema';

/** A Radarr or Sonarr that may send webhooks. */
export interface WebhookSource extends Pick<
  z.output<typeof webhookSourceSchema>,
  'id' | 'kind' | 'secret' | 'username' | 'roots'
> {
  /** Enabled servers that serve what it keeps. */
  readonly serverIds: readonly string[];
}

/** Validates every source; those with problems are left out of the answer. */
export function buildWebhookSources(
  fileName: string,
  entries: readonly unknown[],
  servers: readonly MediaServer[],
  findings: Findings,
): WebhookSource[] {
  const enabled = enabledIds(servers);
  const sources = new Map<string, WebhookSource>();
  for (const [index, entry] of entries.entries()) {
    const label = (path: SettingPath) =>
      `${fileName}: ${formatPath(['webhooks', 'sources', index, ...path])}`;
    const parsed = webhookSourceSchema.safeParse(entry);
    if (!parsed.success) {
      findings.problem(...explainIssues(webhookSourceSchema, entry, parsed.error.issues, label));
      continue;
    }
    const { server, ...source } = parsed.data;
    if (sources.has(source.id))
      findings.problem(`${label(['id'])}: expected another id than the sources before it`);
    if (server !== undefined && servers.length > 0 && !servers.some(({ id }) => id === server))
      findings.problem(`${label(['server'])}: expected the id of a configured server`);
    const serverIds = enabled.filter((id) => server === undefined || id === server);
    if (serverIds.length === 0)
      findings.warn(`${label(['server'])}: it is disabled, so nothing is synced for this source`);
    sources.set(source.id, { ...source, serverIds });
  }
  return [...sources.values()];
}
