import { createHash } from 'node:crypto';

import { API_BASE, createAdmin } from '@reelsync/admin';
import { createQueues, createRedisConnection, JOB_CATALOG, JobProducer } from '@reelsync/queue';
import type { BuildOptions } from '@reelsync/sample-library';
import { Lifecycle } from '@reelsync/runtime';
import { EventFeed } from '@reelsync/sync';
import { pino } from 'pino';

import { Installation } from '../../../../packages/sync/test/support/installation';
import { buildApp } from '../../src/app';
import { EventStreams } from '../../src/events/event-streams';
import { HttpListener } from '../../src/http-listener';
import { openWebhooks } from '../../src/webhooks/open-webhooks';

export const PASSWORD = 'correct horse';
export const TOKENS = { ops: 'a-token-of-the-operators-1', ci: 'another-token-for-the-ci-2' } as const;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The whole app over a real installation, with an operator's token. */
export class AdminApi {
  private constructor(
    readonly installation: Installation,
    readonly url: string,
    readonly logText: () => string,
    private readonly cleanUps: readonly (() => unknown)[],
  ) {}

  static async start(library: Partial<BuildOptions> = {}): Promise<AdminApi> {
    const installation = await Installation.create({ titles: 5, withBrokenTitles: true, ...library });
    const { database, config } = installation;
    const { url, prefix } = config.redis;
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
    const connection = createRedisConnection(url, 'producer');
    const boardConnection = createRedisConnection(url, 'worker');
    const producer = new JobProducer({ catalog: JOB_CATALOG, connection, prefix });
    const queues = createQueues({ connection: boardConnection, prefix });
    const admin = createAdmin({ config, database, producer, bull: { connection, prefix } });
    // Not started: these tests are not about events.
    const feed = new EventFeed({ ...config.redis, ...config.events, database, onError: () => undefined });
    const tokens = [`ops:${TOKENS.ops}`, `ci:sha256:${createHash('sha256').update(TOKENS.ci).digest('hex')}`];
    const lifecycle = new Lifecycle(logger);
    const { requests } = installation;
    const webhooks = openWebhooks({
      database,
      requests,
      producer,
      isQueueReady: () => true,
      lifecycle,
      logger,
    });
    const app = await buildApp({
      config: { ...config, api: { ...config.api, tokens, bodyLimitBytes: 64 * 1024 } },
      webhooks,
      probes: {
        database: () => database.healthCheck(),
        redis: () => Promise.resolve({ ok: true, problems: [] }),
      },
      board: { queues, isConnected: () => true },
      admin: admin.handlers,
      audit: database.audit,
      endedSessions: database.endedSessions,
      runs: database.runs,
      feed,
      streams: new EventStreams({
        source: feed,
        maxStreams: config.events.maxStreams,
        onDropped: () => undefined,
      }),
      secrets: { adminPassword: PASSWORD, sessionSecret: 'a session secret' },
      logger,
    });
    const listener = await HttpListener.listen(app, { host: '127.0.0.1', port: 0 });
    return new AdminApi(installation, listener.url, () => lines.join(''), [
      () => listener.close(),
      () => lifecycle.stop(),
      () => admin.close(),
      () => feed.close(),
      () => producer.close(),
      ...Object.values(queues).map((queue) => () => queue.close()),
      () => connection.disconnect(),
      () => boardConnection.disconnect(),
    ]);
  }

  /** As the operators' token, unless other headers are given. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { Authorization: `Bearer ${TOKENS.ops}` },
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${API_BASE}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** Signs in and returns the cookies of the session. */
  async signIn(): Promise<string> {
    const response = await fetch(`${this.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ user: 'admin', password: PASSWORD }),
      headers: { Origin: this.url },
    });
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    return cookies.join('; ');
  }

  async close(): Promise<void> {
    for (const cleanUp of this.cleanUps) await cleanUp();
    await this.installation.dispose();
  }
}
