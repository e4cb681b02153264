import { ReelsyncError, type MediaServer } from '@reelsync/core';

import { Findings } from './findings';
import { explainIssues, formatPath } from './problems';
import { serverSchema, type ServerSettings } from './server-schema';
import type { ServerInput } from './server-variables';
import { hasCredentials, splitWebhookIds } from './values';

/** An id that is accepted in X-Webhook-ID, and whose it is; null: no server's, so it stands for all of them. */
export interface WebhookIdentity {
  readonly id: string;
  readonly serverId: string | null;
}

/** A server that is scanned at times of its own. */
export interface ServerScan {
  readonly serverId: string;
  readonly scan: string;
}

export interface ServerList {
  readonly servers: readonly MediaServer[];
  readonly webhookIds: readonly WebhookIdentity[];
  readonly serverScans: readonly ServerScan[];
}

export function serverInputsOfFile(fileName: string, entries: readonly unknown[]): ServerInput[] {
  return entries.map((entry, index) => ({
    input: entry,
    position: index + 1,
    label: (path) => `${fileName}: ${formatPath(['servers', index, ...path])}`,
  }));
}

/**
 * A server that a program names itself, validated like those of the file.
 * @throws {ReelsyncError} CONFIG_INVALID
 */
export function parseServer(
  input: unknown,
  { position, concurrency }: { readonly position: number; readonly concurrency: number },
): MediaServer {
  const findings = new Findings();
  const label: ServerInput['label'] = (path) => `server: ${formatPath(path)}`;
  const { servers } = buildServers([{ input, position, label }], [], concurrency, findings);
  const [server] = servers;
  if (server !== undefined && findings.problems.length === 0) return server;
  throw new ReelsyncError('CONFIG_INVALID', findings.problems.join('\n'));
}

/** Validates every server; those with problems are left out of the answer. */
export function buildServers(
  inputs: readonly ServerInput[],
  wildcardIds: readonly string[],
  defaultConcurrency: number,
  findings: Findings,
): ServerList {
  const servers: MediaServer[] = [];
  const webhookIds: WebhookIdentity[] = [];
  const serverScans: ServerScan[] = [];
  const labelById = new Map<string, string>();
  for (const { input, label, position } of inputs) {
    const parsed = serverSchema.safeParse(input);
    if (!parsed.success) {
      findings.problem(...explainIssues(serverSchema, input, parsed.error.issues, label));
      continue;
    }
    const settings = parsed.data;
    const sameId = labelById.get(settings.id);
    if (sameId !== undefined) findings.problem(`${label(['id'])}: expected another id than ${sameId}`);
    labelById.set(settings.id, label(['id']));
    warnAboutServer(settings, label, findings);
    servers.push(toMediaServer(settings, position, defaultConcurrency));
    if (settings.scan !== undefined) serverScans.push({ serverId: settings.id, scan: settings.scan });
    if (settings.enabled) webhookIds.push(...identities(settings.webhookId ?? '', settings.id));
  }
  webhookIds.push(...wildcardIds.flatMap((value) => identities(value, null)));
  if (servers.length > 0 && !servers.some((server) => server.enabled))
    findings.warn('servers: all of them are disabled');
  return { servers, webhookIds, serverScans };
}

function toMediaServer(settings: ServerSettings, position: number, defaultConcurrency: number): MediaServer {
  const { id, baseUrl, nodeUrl, internalUrl, prefix, enabled, webhookId, priority, concurrency, timeouts } =
    settings;
  const firstId = splitWebhookIds(webhookId ?? '')[0];
  return {
    id,
    baseUrl,
    nodeUrl,
    prefix,
    enabled,
    timeouts,
    ...(internalUrl === undefined ? {} : { internalUrl }),
    ...(firstId === undefined ? {} : { webhookId: firstId }),
    priority: priority ?? position,
    concurrency: concurrency ?? defaultConcurrency,
  };
}

/** A server sends its own list as one text (contract §7.1), so a list is accepted whole and in parts. */
function identities(value: string, serverId: string | null): WebhookIdentity[] {
  const parts = splitWebhookIds(value);
  const ids = parts.length > 1 ? [...parts, value.trim()] : parts;
  return [...new Set(ids)].map((id) => ({ id, serverId }));
}

function warnAboutServer(
  { id, baseUrl, webhookId }: ServerSettings,
  label: ServerInput['label'],
  findings: Findings,
): void {
  if (webhookId === undefined)
    findings.warn(`${label(['webhookId'])}: missing, so the server ${id} counts as failed`);
  if (hasCredentials(baseUrl))
    findings.warn(
      `${label(['baseUrl'])}: its user name and password become part of the URLs in the catalogue`,
    );
}
