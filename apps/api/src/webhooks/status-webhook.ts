import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
import { SERVER_STATUSES, STATUS_EFFECTS, type StatusEffect, type WebhookEvent } from '@reelsync/sync';
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
}

const UNCLEAR = { code: 'SERVER_UNCLEAR', message: 'It is not clear which server this is about' } as const;
const LATER = 'It is taken in as soon as the database is back';

/** A file server tells how loaded it is (contract §7.2); `critical` holds back its scans. */
export function statusWebhook(context: WebhookContext, { senders, servers }: StatusWebhookOptions): Router {
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
        const facts = { endpoint: 'status', event: status } as const;
        const message =
          serverId === undefined
            ? await unclear(intake, { ...facts, source })
            : messageOf(await intake.applyStatus(facts, serverId, status));
        return {
          status: 200,
          body: { success: true, message, receivedAt: now().toISOString(), serverId: serverId ?? null },
        };
      },
    }),
  );
  return router;
}

async function unclear(
  intake: WebhookContext['intake'],
  facts: Pick<WebhookEvent, 'endpoint' | 'event' | 'source'>,
): Promise<string> {
  await intake.note(facts, 'ignored', UNCLEAR);
  return UNCLEAR.message;
}

function messageOf(effect: StatusEffect | undefined): string {
  return effect === undefined ? LATER : STATUS_EFFECTS[effect].message;
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
