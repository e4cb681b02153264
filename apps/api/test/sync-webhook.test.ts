import { request as httpRequest } from 'node:http';

import { ReelsyncError } from '@reelsync/core';
import type { RequestReceipt } from '@reelsync/sync';

import { waitFor } from '../../../tests/support';
import { IDS, json, startTestApp, type TestApp } from './support';

const PATH = '/api/authenticated/admin/sync';
const STREAM = '/api/authenticated/admin/sync-stream';
const RUN_ID = 'a'.repeat(24);
const DELIVERY_ID = expect.stringMatching(/^[0-9a-f]{24}$/) as string;

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

function post(id: string | undefined, init: RequestInit = { body: '{}' }): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  if (id !== undefined) headers.set('X-Webhook-ID', id);
  return fetch(app.url + PATH, { method: 'POST', ...init, headers });
}

function rejections(): unknown[] {
  return app.log().filter(({ msg }) => msg === 'request rejected' || msg === 'request failed');
}

describe('contract §7.1: a server asks for a sync', () => {
  test('202 with run and start; OR-3: the scan covers the sender only', async () => {
    const response = await post(IDS.default);
    expect(response.status).toBe(202);
    expect(await json(response)).toEqual({
      started: true,
      startTime: '2026-01-02T03:04:05.000Z',
      streamUrl: STREAM,
      deliveryId: DELIVERY_ID,
      runId: RUN_ID,
    });
    expect(app.scans).toEqual([
      { serverIds: ['default'], force: false, trigger: 'webhook', urgency: 'webhook', requester: 'default' },
    ]);
  });

  test('202 alreadyRunning when the request merged into a scan that waits or runs', async () => {
    app.requestScan = () => Promise.resolve({ runId: RUN_ID, status: 'merged' });
    expect(await json(await post(IDS.default))).toEqual({
      alreadyRunning: true,
      streamUrl: STREAM,
      deliveryId: DELIVERY_ID,
      runId: RUN_ID,
    });
  });

  test.each([
    [IDS.second, ['server2']],
    [IDS.secondOld, ['server2']],
    [`${IDS.second},${IDS.secondOld}`, ['server2']],
    [IDS.wildcard, ['default', 'server2']],
  ])('the id %s stands for %j', async (id, serverIds) => {
    expect((await post(id)).status).toBe(202);
    expect(app.scans.map((scan) => scan.serverIds)).toEqual([serverIds]);
  });

  test.each([
    ['no body', { body: null, headers: { 'Content-Type': 'text/plain' } }, false],
    ['an empty body', { body: '' }, false],
    ['an empty object', { body: '{}' }, false],
    ['forceSync', { body: '{"forceSync":true}' }, true],
    ['members that are not known', { body: '{"forceSync":false,"from":"v9"}' }, false],
    ['another content type', { body: '{"forceSync":true}', headers: { 'Content-Type': 'text/plain' } }, true],
  ])('accepts %s', async (_name, init, force) => {
    expect((await post(IDS.default, init)).status).toBe(202);
    expect(app.scans[0]?.force).toBe(force);
  });
});

describe('rejected deliveries', () => {
  test.each([undefined, '', 'wrong', `${IDS.default}x`, IDS.default.slice(0, -1)])(
    '401 for the id %j, logged once and without it',
    async (id) => {
      const response = await post(id);
      expect(response.status).toBe(401);
      expect(response.headers.get('Content-Type')).toContain('application/problem+json');
      expect(await json(response)).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        detail: 'The webhook id is missing or not known',
        success: false,
        code: 'WEBHOOK_UNAUTHORIZED',
        message: 'The webhook id is missing or not known',
        advice: expect.any(String),
      });
      expect(app.scans).toEqual([]);
      expect(rejections()).toEqual([
        expect.objectContaining({ status: 401, code: 'WEBHOOK_UNAUTHORIZED', level: 40 }),
      ]);
      expect(app.logText()).not.toMatch(/wrong|id-of-default/);
    },
  );

  test.each(['{', 'hello', '[]', '"text"', 'null', '{"forceSync":"yes"}', '\u0000'])(
    '400 for the body %j',
    async (body) => {
      const response = await post(IDS.default, { body });
      expect(response.status).toBe(400);
      expect(await json(response)).toMatchObject({ success: false, code: 'WEBHOOK_BODY_INVALID' });
      expect(app.scans).toEqual([]);
      expect(rejections()).toHaveLength(1);
    },
  );

  test.each([
    ['encoding', { 'Content-Encoding': 'zstd-x' }, 400, 'WEBHOOK_BODY_INVALID'],
    [
      'character set',
      { 'Content-Type': 'application/json; charset=klingon' },
      415,
      'WEBHOOK_CONTENT_TYPE_UNSUPPORTED',
    ],
  ])('an unknown %s is refused', async (_name, headers: Record<string, string>, status, code) => {
    const response = await post(IDS.default, { body: '{}', headers });
    expect(response.status).toBe(status);
    expect(await json(response)).toMatchObject({ code });
  });

  test.each([
    ['with its length', () => Buffer.alloc(10 * 1024 * 1024, 'x')],
    ['in chunks', () => new Blob([Buffer.alloc(10 * 1024 * 1024, 'x')]).stream()],
  ])('413 for 10 MB sent %s', async (_name, body) => {
    const response = await post(IDS.default, { body: body(), duplex: 'half' });
    expect(response.status).toBe(413);
    expect(await json(response)).toMatchObject({ success: false, code: 'WEBHOOK_BODY_TOO_LARGE' });
    expect(rejections()).toHaveLength(1);
  });

  test('an unknown sender is refused before a byte of its body is read', async () => {
    const status = await new Promise((resolve, reject) => {
      const outgoing = httpRequest(app.url + PATH, {
        method: 'POST',
        headers: { 'X-Webhook-ID': 'wrong', 'Content-Length': 5_000_000 },
      });
      outgoing.on('response', (incoming) => {
        resolve(incoming.statusCode);
        outgoing.destroy();
      });
      outgoing.on('error', reject);
      outgoing.flushHeaders();
    });
    expect(status).toBe(401);
  });

  test('only POST is there', async () => {
    const response = await fetch(app.url + PATH);
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({ code: 'ROUTE_UNKNOWN' });
  });
});

describe('when a dependency is down', () => {
  test('Redis: 202 all the same; the scan is made when Redis is back, once', async () => {
    app.queueReady = false;
    const response = await post(IDS.default);
    expect(response.status).toBe(202);
    const { deliveryId, ...answer } = await json(response);
    expect(answer).toEqual({ started: true, startTime: '2026-01-02T03:04:05.000Z', streamUrl: STREAM });
    expect(app.scans).toEqual([]);
    expect(await app.deliveries.get(String(deliveryId))).toMatchObject({ pending: true, runIds: [] });

    app.queueReady = true;
    app.inbox.replay.nudge();
    await waitFor(async () => (await app.deliveries.countPending()) === 0);
    expect(app.scans.map(({ serverIds }) => serverIds)).toEqual([['default']]);
    expect(await app.deliveries.get(String(deliveryId))).toMatchObject({
      outcome: 'accepted',
      pending: false,
      runIds: [RUN_ID],
    });
  });

  test.each(['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'] as const)(
    '%s after the delivery was stored: 202, and it stays in the inbox',
    async (code) => {
      app.requestScan = () => Promise.reject(new ReelsyncError(code, 'connect ECONNREFUSED 10.0.0.5'));
      const response = await post(IDS.default);
      expect(response.status).toBe(202);
      expect(await response.text()).not.toContain('10.0.0.5');
      expect(await app.deliveries.list({ limit: 5 })).toMatchObject([{ pending: true, code }]);
    },
  );

  test('MongoDB too: 503 with Retry-After, and nothing about where it is', async () => {
    app.queueReady = false;
    await app.loseDatabase();
    const response = await post(IDS.default);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('10');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ success: false, code: 'DATABASE_UNAVAILABLE' });
    expect(text).not.toContain('127.0.0.1');
  });

  test('a queue that hangs does not hold the sender', async () => {
    await app.close();
    app = await startTestApp({}, undefined, { answerBudgetMs: 1 });
    let answer: (receipt: RequestReceipt) => void = () => undefined;
    app.requestScan = () => new Promise((resolve) => (answer = resolve));
    const response = await post(IDS.default);
    expect(response.status).toBe(202);
    expect(await json(response)).not.toHaveProperty('runId');
    answer({ runId: RUN_ID, status: 'created' });
    await waitFor(async () => (await app.deliveries.countPending()) === 0);
  });
});

test('a disabled server is nobody: its id is refused, a wildcard does not reach it', async () => {
  await app.close();
  const file = {
    servers: [
      { id: 'on', baseUrl: 'http://a.lan', nodeUrl: 'http://a.lan', webhookId: 'id-of-on' },
      { id: 'off', baseUrl: 'http://b.lan', nodeUrl: 'http://b.lan', webhookId: 'id-of-off', enabled: false },
    ],
    webhookIds: ['id-of-anybody'],
  };
  app = await startTestApp({}, JSON.stringify(file));
  expect((await post('id-of-off')).status).toBe(401);
  expect((await post('id-of-anybody')).status).toBe(202);
  expect(app.scans.map((scan) => scan.serverIds)).toEqual([['on']]);
});
