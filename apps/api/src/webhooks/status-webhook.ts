import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
import { SERVER_STATUSES, type ServerStatus } from '@reelsync/sync';
import { Router } from 'express';
import { z } from 'zod';

import { authenticateServer } from './sync-webhook';
import { webhookEndpoint, type WebhookContext } from './webhook-endpoint';
import type { WebhookSenders } from './webhook-senders';

export const STATUS_PATH = '/api/authenticated/admin/system-status-notification';

/** All else that the server tells about itself is for people (contract §7.2). */
const bodySchema = z.object({
  status: z.enum(SERVER_STATUSES),
  serverUrl: z.string().optional().catch(undefined),
});

export interface StatusWebhookOptions {
  readonly senders: WebhookSenders;
  readonly servers: ReelsyncConfig['servers'];
  /** What becomes of a status; see `applyServerStatus`. */
  readonly applyStatus: (
    serverId: string,
    status: ServerStatus,
  ) => Promise<'held' | 'released' | 'unaffected'>;
}

/** What the sender is told and the delivery log says. */
const EFFECTS = {
  held: { outcome: 'accepted', code: 'SERVER_HELD', message: 'Scans of this server are held back' },
  released: { outcome: 'accepted', code: 'SERVER_RELEASED', message: 'Scans of this server go on' },
  unaffected: { outcome: 'ignored', code: 'EVENT_WITHOUT_EFFECT', message: 'Nothing was held back' },
  unclear: {
    outcome: 'ignored',
    code: 'SERVER_UNCLEAR',
    message: 'It is not clear which server this is about',
  },
} as const;

/** A file server tells how loaded it is (contract §7.2); `critical` holds back its scans. */
export function statusWebhook(
  context: WebhookContext,
  { senders, servers, applyStatus }: StatusWebhookOptions,
): Router {
  const { intake, now } = context;
  const router = Router();
  router.post(
    STATUS_PATH,
    webhookEndpoint(context, {
      endpoint: 'status',
      anyContentType: true,
      authenticate: (request) => authenticateServer(senders, request),
      handle: async ({ serverIds, source }, body) => {
        const parsed = bodySchema.safeParse(body);
        if (!parsed.success)
          throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body has no status that is known');
        const { status, serverUrl } = parsed.data;
        const serverId = oneOf(serverIds, servers, serverUrl);
        const effect = serverId === undefined ? 'unclear' : await applyStatus(serverId, status);
        const { outcome, ...reason } = EFFECTS[effect];
        await intake.note({ endpoint: 'status', source: serverId ?? source, event: status }, outcome, reason);
        const { message } = reason;
        return {
          status: 200,
          body: { success: true, message, receivedAt: now().toISOString(), serverId: serverId ?? null },
        };
      },
    }),
  );
  return router;
}

/** An id may stand for several servers; then the URL that the server calls its own decides. */
function oneOf(
  serverIds: readonly string[],
  servers: StatusWebhookOptions['servers'],
  serverUrl: string | undefined,
): string | undefined {
  if (serverIds.length === 1) return serverIds[0];
  const host = hostOf(serverUrl);
  if (host === undefined) return undefined;
  const named = servers.filter(
    ({ id, baseUrl, nodeUrl, internalUrl }) =>
      serverIds.includes(id) && [baseUrl, nodeUrl, internalUrl].some((url) => hostOf(url) === host),
  );
  return named.length === 1 ? named[0]?.id : undefined;
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}
