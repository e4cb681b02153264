import { SYNC_PATH } from '../../src/webhooks/sync-webhook';
import { AdminApi, TOKENS } from './admin-api';

let api: AdminApi;
beforeAll(async () => {
  api = await AdminApi.start();
});
afterAll(() => api.close());

async function post(headers: Record<string, string>, body = '{}') {
  const response = await fetch(api.url + SYNC_PATH, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const token = { Authorization: `Bearer ${TOKENS.ops}` };
const runCount = async () => (await api.installation.database.runs.list({ limit: 100 })).length;

test('contract §7.1: a token may ask for a sync of all servers; the run says who did', async () => {
  const { status, body } = await post(token, '{"forceSync":true}');
  expect([status, body]).toEqual([
    202,
    {
      started: true,
      startTime: expect.any(String),
      streamUrl: '/api/authenticated/admin/sync-stream',
      runId: expect.any(String),
    },
  ]);
  expect(await api.installation.database.runs.get(String(body['runId']))).toMatchObject({
    trigger: 'admin',
    requester: 'ops',
    scope: { kind: 'all', serverIds: ['default', 'server2'], force: true },
  });
  expect(await post(token, '{"forceSync":true}')).toMatchObject({
    status: 202,
    body: { alreadyRunning: true },
  });
});

test('contract §7.1: so may a session, from a page of this server only', async () => {
  const Cookie = await api.signIn();
  const before = await runCount();
  for (const headers of [{}, { Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }])
    expect(await post({ Cookie, ...headers })).toMatchObject({
      status: 403,
      body: { code: 'ORIGIN_REFUSED' },
    });
  expect(await runCount()).toBe(before);
  expect(await post({ Cookie, Origin: api.url })).toMatchObject({ status: 202 });
  expect(await runCount()).toBe(before + 1);
});

test.each([
  ['no credentials', {}, 401, 'WEBHOOK_UNAUTHORIZED'],
  ['a wrong token', { Authorization: 'Bearer wrong' }, 401, 'TOKEN_INVALID'],
  ['a cookie of nobody', { Cookie: 'reelsync=e30; reelsync.sig=x' }, 401, 'LOGIN_REQUIRED'],
  ['a wrong webhook id beside a right token', { ...token, 'X-Webhook-ID': 'x' }, 401, 'WEBHOOK_UNAUTHORIZED'],
])('%s: refused, and nothing happens', async (_name, headers: Record<string, string>, status, code) => {
  const before = await runCount();
  expect(await post(headers)).toMatchObject({ status, body: { code } });
  expect(await runCount()).toBe(before);
});

test.each([
  ['{"forceSync":"yes"}', 'WEBHOOK_BODY_INVALID'],
  ['{"__proto__":{}}', 'WEBHOOK_BODY_UNSAFE'],
  ['{"forceSync":{"$gt":""}}', 'WEBHOOK_BODY_UNSAFE'],
])('the body %s of somebody who may: 400', async (body, code) => {
  expect(await post(token, body)).toMatchObject({ status: 400, body: { code } });
});
