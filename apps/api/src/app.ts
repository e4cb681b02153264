import type { ReelsyncConfig } from '@reelsync/config';
import type { Logger } from '@reelsync/runtime';
import type { RunRepository } from '@reelsync/database';
import type { EventFeed } from '@reelsync/sync';
import express, { type Express } from 'express';

import { AdminCredentials } from './admin/admin-credentials';
import { HOME, loginRoutes, requireLogin } from './admin/login-routes';
import { queueBoard, type QueueBoard } from './admin/queue-board';
import { requireAdmin } from './admin/require-admin';
import { Sessions } from './admin/sessions';
import { eventRoutes } from './events/event-routes';
import type { EventStreams } from './events/event-streams';
import { websiteRoutes } from './events/website-routes';
import { healthRoutes, type HealthProbes } from './health/health-routes';
import { HttpError } from './http/http-problem';
import { RequestLog } from './http/request-log';
import { sameOrigin } from './http/same-origin';
import { securityHeaders } from './http/security-headers';
import { webhookRoutes, type WebhookServices } from './webhooks/webhook-routes';

export interface AppDependencies {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'webhookIds' | 'webhooks' | 'api'>;
  readonly webhooks: WebhookServices;
  readonly probes: Pick<HealthProbes, 'database' | 'redis'>;
  readonly board: QueueBoard;
  readonly runs: Pick<RunRepository, 'list'>;
  readonly feed: Pick<EventFeed, 'position' | 'eventsAfter' | 'beginningOf' | 'refresh'>;
  readonly streams: EventStreams;
  /** Configured, or made up for this start. */
  readonly secrets: { readonly adminPassword: string; readonly sessionSecret: string };
  readonly logger: Logger;
  readonly now?: () => Date;
  /** How long an answer waits for MongoDB and Redis, in milliseconds. */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 3000;

/** The whole HTTP surface; it listens nowhere and owns no connection. */
export async function buildApp(dependencies: AppDependencies): Promise<Express> {
  const { config, webhooks, probes, board, runs, feed, streams, secrets, logger } = dependencies;
  const { now = () => new Date(), deadlineMs = DEFAULT_DEADLINE_MS } = dependencies;
  const { api } = config;
  const log = new RequestLog(logger);
  const credentials = await AdminCredentials.create(api.adminUser, secrets.adminPassword);
  const sessions = new Sessions({
    secret: secrets.sessionSecret,
    password: secrets.adminPassword,
    secureCookies: api.secureCookies,
    now,
  });

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', api.trustProxy);
  app.use(log.begin, securityHeaders);
  app.use(healthRoutes({ ...probes, deadlineMs }, log));
  app.use(webhookRoutes({ ...webhooks, config, bodyLimitBytes: api.bodyLimitBytes, deadlineMs, now }));
  const guard = requireAdmin(sessions);
  app.use(eventRoutes(streams, guard));
  app.use(websiteRoutes({ streams, feed, runs, guard, deadlineMs, now }));
  app.use(['/login', '/logout', HOME], sessions.read);
  app.use(loginRoutes({ credentials, sessions, secureCookies: api.secureCookies, log }));
  app.use(HOME, requireLogin(sessions), sameOrigin, ...queueBoard(board, HOME));
  app.get('/', (_request, response) => {
    response.redirect(303, HOME);
  });
  app.use((_request, _response, next) => {
    next(new HttpError('ROUTE_UNKNOWN', 'There is nothing here'));
  });
  app.use(log.answerError);
  return app;
}
