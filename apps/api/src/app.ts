import { API_BASE, type Handlers } from '@reelsync/admin';
import type { ReelsyncConfig } from '@reelsync/config';
import type { AuditRepository, EndedSessionRepository } from '@reelsync/database';
import type { Logger } from '@reelsync/runtime';
import type { RunRepository } from '@reelsync/database';
import express, { type Express } from 'express';

import { AdminCredentials } from './admin/admin-credentials';
import { adminSync } from './admin/admin-sync';
import { AdminTokens } from './admin/admin-tokens';
import { boardRequests } from './admin/board-requests';
import { HOME, loginRoutes, requireLogin } from './admin/login-routes';
import { queueBoard, type QueueBoard } from './admin/queue-board';
import { recordBoardActions } from './admin/record-board-actions';
import { AdminGuard } from './admin/require-admin';
import { SessionEnds } from './admin/session-ends';
import { Sessions } from './admin/sessions';
import { eventRoutes } from './events/event-routes';
import type { EventStreams } from './events/event-streams';
import { GuardedStreams } from './events/guarded-streams';
import { websiteRoutes, type WebsiteRoutesOptions } from './events/website-routes';
import { healthRoutes, type HealthProbes } from './health/health-routes';
import { HttpError } from './http/http-problem';
import { RequestLog } from './http/request-log';
import { sameOrigin } from './http/same-origin';
import { noStore, securityHeaders } from './http/security-headers';
import { adminRoutes } from './v1/admin-routes';
import { problemJson } from './v1/problem-json';
import { docsPage } from './v1/docs-page';
import { webhookRoutes, type WebhookServices } from './webhooks/webhook-routes';

export interface AppDependencies {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'webhookIds' | 'webhooks' | 'api'>;
  readonly webhooks: WebhookServices;
  readonly probes: Pick<HealthProbes, 'database' | 'redis'>;
  readonly board: QueueBoard;
  /** What the admin API does. */
  readonly admin: Handlers;
  readonly audit: Pick<AuditRepository, 'record'>;
  readonly endedSessions: Pick<EndedSessionRepository, 'end' | 'findEnded'>;
  readonly runs: Pick<RunRepository, 'list'>;
  readonly feed: WebsiteRoutesOptions['feed'];
  readonly streams: EventStreams;
  /** Configured, or made up for this start. */
  readonly secrets: { readonly adminPassword: string; readonly sessionSecret: string };
  readonly logger: Logger;
  readonly now?: () => Date;
  /** How long an answer waits for MongoDB and Redis, in milliseconds. */
  readonly deadlineMs?: number;
  /** How often is looked whether sessions have ended, in milliseconds. */
  readonly sessionLookMs?: number;
}

const DEFAULT_DEADLINE_MS = 3000;

/** The whole HTTP surface; it listens nowhere and owns no connection. */
export async function buildApp(dependencies: AppDependencies): Promise<Express> {
  const { config, webhooks, probes, board, admin, audit, runs, feed, streams, secrets, logger } =
    dependencies;
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
  const sessionEnds = new SessionEnds({
    ended: dependencies.endedSessions,
    now,
    onError: (error) => logger.warn({ err: error }, 'could not look for sessions that have ended'),
    ...(dependencies.sessionLookMs === undefined ? {} : { lookMs: dependencies.sessionLookMs }),
  });

  const guard = new AdminGuard({
    tokens: new AdminTokens(api.tokens),
    sessions,
    sessionEnds,
    adminUser: api.adminUser,
  });

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', api.trustProxy);
  app.use(log.begin, securityHeaders);
  app.use(healthRoutes({ ...probes, deadlineMs }, log));
  const guarded = [noStore, sessions.read, guard.requireAdmin];
  const { requestSync } = admin;
  const { bodyLimitBytes } = api;
  app.use(adminSync({ guard: guarded, admin: guard, requestSync, bodyLimitBytes, deadlineMs, now }));
  app.use(webhookRoutes({ ...webhooks, config, bodyLimitBytes, deadlineMs, now }));
  const guardedStreams = new GuardedStreams({
    streams,
    guard: guarded,
    admin: guard,
    sessions,
    sessionEnds,
  });
  app.use(eventRoutes(guardedStreams));
  app.use(websiteRoutes({ streams: guardedStreams, feed, runs, deadlineMs, now }));
  app.use(['/login', '/logout', HOME, API_BASE], sessions.read);
  app.use(loginRoutes({ credentials, sessions, sessionEnds, secureCookies: api.secureCookies, log }));
  app.use(
    HOME,
    requireLogin({ sessions, sessionEnds }),
    sameOrigin,
    boardRequests({ retryFailedJobs: admin.retryFailedJobs, adminUser: api.adminUser }),
    recordBoardActions({ audit, adminUser: api.adminUser, log, now }),
    ...queueBoard(board, HOME),
  );
  app.use(`${API_BASE}/docs`, requireLogin({ sessions, sessionEnds }));
  app.use(API_BASE, docsPage(), adminRoutes({ handlers: admin, guard, bodyLimitBytes }));
  app.get('/', (_request, response) => {
    response.redirect(303, HOME);
  });
  app.use((_request, _response, next) => {
    next(new HttpError('ROUTE_UNKNOWN', 'There is nothing here'));
  });
  app.use(API_BASE, problemJson(log));
  app.use(log.answerError);
  return app;
}
