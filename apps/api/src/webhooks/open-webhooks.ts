import type { DatabaseAdapter } from '@reelsync/database';
import type { JobPayloads, JobProducer } from '@reelsync/queue';
import type { Lifecycle, Logger } from '@reelsync/runtime';
import { DeliveryStore, openInbox, WebhookIntake, type SyncRequests } from '@reelsync/sync';

import type { WebhookServices } from './webhook-routes';

/**
 * How long after a delivery came its answer may wait to tell the runs; the write into the inbox is part of it. Answers
 * have to stay under 50 ms (issue 5).
 */
const ANSWER_BUDGET_MS = 15;

export interface WebhookParts {
  readonly database: DatabaseAdapter;
  readonly requests: SyncRequests;
  readonly producer: JobProducer<JobPayloads>;
  readonly isQueueReady: () => boolean;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
}

/** Wires what webhooks do, starts the replay of the inbox, and registers what has to be stopped. */
export function openWebhooks({
  database,
  requests,
  producer,
  isQueueReady,
  lifecycle,
  logger,
}: WebhookParts): WebhookServices {
  const now = (): Date => new Date();
  const { deliveries, serverHolds: holds } = database;
  const inbox = openInbox({
    database,
    requests,
    isQueueReady,
    now,
    onReplayed: ({ id, endpoint, source }, { status }) =>
      logger.info({ deliveryId: id, endpoint, source, status }, 'webhook replayed from the inbox'),
    onError: (error) => logger.warn({ err: error }, 'the inbox of webhooks cannot be read'),
  });
  const intake = new WebhookIntake({
    deliveries,
    holds,
    store: new DeliveryStore({ producer, isQueueReady }),
    dispatcher: inbox.dispatcher,
    isQueueReady,
    answerBudgetMs: ANSWER_BUDGET_MS,
    now,
    onError: (error, { endpoint, source }) =>
      logger.warn({ err: error, endpoint, source }, 'a webhook could not be written down'),
  });
  inbox.replay.start();
  lifecycle.onStop('webhooks', async () => {
    await Promise.all([inbox.close(), intake.close()]);
  });
  return { intake };
}
