import { parseServer } from '@reelsync/config';
import { normalizePrefix, ReelsyncError, type MediaServer } from '@reelsync/core';
import { z } from 'zod';

/**
 * A server as callers name it. The first spelling of each member is that of the earlier library (sync-semantics §2.1),
 * the second that of Reelsync's configuration; other members are ignored. A configured server needs its id only.
 */
const referenceSchema = z.object({
  id: z.string().min(1),
  baseURL: z.string().optional(),
  baseUrl: z.string().optional(),
  syncEndpoint: z.string().optional(),
  nodeUrl: z.string().optional(),
  internalEndpoint: z.string().optional(),
  internalUrl: z.string().optional(),
  prefixPath: z.string().optional(),
  prefix: z.string().optional(),
  priority: z.number().optional(),
  webhookId: z.string().optional(),
  concurrency: z.number().optional(),
});

export type ServerReference = z.input<typeof referenceSchema>;

/** Requests at the same time to a server that is not configured and says nothing about it. */
const DEFAULT_CONCURRENCY = 20;

/**
 * The server that is meant. One with a configured id is the configured one: addresses that contradict it are refused,
 * because the workers would write other URLs. Any other is taken as described, behind the configured ones unless it
 * says its priority.
 */
export function resolveServer(reference: unknown, configured: readonly MediaServer[]): MediaServer {
  const parsed = referenceSchema.safeParse(reference);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error);
    throw new ReelsyncError('ARGUMENTS_INVALID', `The server cannot be understood: ${problems}`);
  }
  const described = describe(parsed.data);
  const known = configured.find(({ id }) => id === described.id);
  if (known === undefined) return unconfigured(described, configured);
  if (!known.enabled)
    throw new ReelsyncError('SERVER_NOT_CONFIGURED', `Server '${known.id}' is not enabled`, {
      context: { serverId: known.id },
    });
  refuseContradictions(described, known);
  return known;
}

type Description = ReturnType<typeof describe>;

function describe(reference: z.output<typeof referenceSchema>) {
  const { id, priority, webhookId, concurrency } = reference;
  return {
    id,
    baseUrl: address(reference.baseURL ?? reference.baseUrl),
    nodeUrl: address(reference.syncEndpoint ?? reference.nodeUrl),
    internalUrl: address(reference.internalEndpoint ?? reference.internalUrl),
    prefix: reference.prefixPath ?? reference.prefix,
    priority,
    webhookId,
    concurrency,
  };
}

/** Empty is how the earlier configuration spells "none". */
function address(url: string | undefined): string | undefined {
  return url?.trim().replace(/\/+$/, '') || undefined;
}

function refuseContradictions({ id, baseUrl, nodeUrl, prefix }: Description, known: MediaServer): void {
  const contradictions = [
    ...(baseUrl === undefined || baseUrl === known.baseUrl ? [] : ['baseURL']),
    // The earlier adapter handed the internal address on as the node URL.
    ...(nodeUrl === undefined || nodeUrl === known.nodeUrl || nodeUrl === known.internalUrl
      ? []
      : ['syncEndpoint']),
    ...(prefix === undefined || normalizePrefix(prefix) === known.prefix ? [] : ['prefixPath']),
  ];
  if (contradictions.length === 0) return;
  throw new ReelsyncError(
    'ARGUMENTS_INVALID',
    `Server '${id}' is configured with another ${contradictions.join(', ')}; name it by its id, or mend the configuration`,
    { context: { serverId: id } },
  );
}

function unconfigured(described: Description, configured: readonly MediaServer[]): MediaServer {
  const { id, baseUrl, nodeUrl } = described;
  if (baseUrl === undefined || nodeUrl === undefined) {
    const ids = configured.map((server) => server.id).join(', ') || 'none';
    throw new ReelsyncError(
      'SERVER_NOT_CONFIGURED',
      `Server '${id}' is not configured (configured: ${ids}) and its baseURL and syncEndpoint were not given`,
      { context: { serverId: id } },
    );
  }
  const given = Object.entries(described).filter(([, value]) => value !== undefined);
  const lowest = Math.max(0, ...configured.map(({ priority }) => priority)) + 1;
  return parseServer(Object.fromEntries(given), { position: lowest, concurrency: DEFAULT_CONCURRENCY });
}
