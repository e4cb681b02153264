import { json, startTestApp, type TestApp } from './support';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

test('live and ready answer without a login', async () => {
  const live = await fetch(`${app.url}/health/live`);
  expect([live.status, await json(live)]).toEqual([200, { status: 'ok' }]);
  const ready = await fetch(`${app.url}/health/ready`);
  expect([ready.status, await json(ready)]).toEqual([200, { status: 'ok', reasons: [] }]);
});

test('not ready: every reason, without addresses', async () => {
  app.database = () =>
    Promise.resolve({
      healthy: false,
      latencyMs: 3,
      code: 'DATABASE_UNAVAILABLE',
      message: 'ECONNREFUSED 10.0.0.5',
    });
  app.redis = () =>
    Promise.resolve({
      ok: false,
      problems: [
        { code: 'QUEUE_MISCONFIGURED', message: 'maxmemory-policy is allkeys-lru', blocking: true },
        { code: 'QUEUE_MISCONFIGURED', message: 'appendonly is off', blocking: false },
      ],
    });
  const response = await fetch(`${app.url}/health/ready`);
  expect([response.status, await json(response)]).toEqual([
    503,
    {
      status: 'unavailable',
      reasons: [
        { part: 'mongodb', code: 'DATABASE_UNAVAILABLE', message: 'MongoDB does not answer' },
        { part: 'redis', code: 'QUEUE_MISCONFIGURED', message: 'maxmemory-policy is allkeys-lru' },
      ],
    },
  ]);
  expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
});

test('not ready: probes that hang or throw are answers too', async () => {
  app.database = () => new Promise(() => undefined);
  app.redis = () => Promise.reject(new Error('ECONNREFUSED 10.0.0.6'));
  const response = await fetch(`${app.url}/health/ready`);
  const text = await response.text();
  expect(response.status).toBe(503);
  expect(text).toContain('MongoDB does not answer');
  expect(text).toContain('Redis does not answer');
  expect(text).not.toContain('10.0.0.6');
});
