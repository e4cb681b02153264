import { waitFor } from '../../../tests/support';
import { IDS, json, startTestApp, type TestApp } from './support';
import { RADARR_SECRET, SECRET, SONARR_SECRET, signatureHeaders, WEBHOOKS_FILE } from './webhook-senders';

const FIVE_MEGABYTES = JSON.stringify({ eventType: 'Test', filler: 'x'.repeat(5 * 1024 * 1024) });
const DEEP = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
const VERY_DEEP = '['.repeat(500_000);

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, WEBHOOKS_FILE);
});
afterAll(() => app.close());
beforeEach(() => {
  app.calls.length = 0;
});

interface Hostile {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly code: string;
}

const invalid = { status: 400, code: 'WEBHOOK_BODY_INVALID' };
const unsafe = { status: 400, code: 'WEBHOOK_BODY_UNSAFE' };

/** Sent with the right credentials: it is the body that is wrong. */
const HOSTILE: Record<string, Hostile> = {
  'no JSON': { body: 'eventType=Test', ...invalid },
  'half of a JSON text': { body: '{"eventType": "Te', ...invalid },
  'bytes that are no UTF-8': { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]), ...invalid },
  'a list': { body: '[]', ...invalid },
  'a member of another type': {
    body: '{"eventType": {}, "status": [], "forceSync": "yes", "force": "yes"}',
    ...invalid,
  },
  'five megabytes': { body: FIVE_MEGABYTES, status: 413, code: 'WEBHOOK_BODY_TOO_LARGE' },
  'deep nesting': { body: DEEP, ...unsafe },
  'nesting that would exhaust the stack': { body: VERY_DEEP, ...unsafe },
  'a prototype key': { body: '{"eventType": "Test", "__proto__": {"force": true}}', ...unsafe },
  'a constructor key': { body: '{"a": [{"constructor": {"prototype": {}}}]}', ...unsafe },
  'an escaped prototype key': { body: String.raw`{"\u005f_proto__": {}}`, ...unsafe },
  'an operator for a value': { body: '{"eventType": {"$gt": ""}}', ...unsafe },
  'an operator deep inside': { body: '{"movies": [{"a": {"$where": "sleep(1000)"}}]}', ...unsafe },
};

/** Of the content type, which file servers are free to choose (contract §7.1). */
const CONTENT_TYPES: Record<string, Hostile> = {
  'text/plain': {
    body: '{}',
    headers: { 'Content-Type': 'text/plain' },
    status: 415,
    code: 'WEBHOOK_CONTENT_TYPE_UNSUPPORTED',
  },
  'a form': {
    body: 'a=1',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'WEBHOOK_CONTENT_TYPE_UNSUPPORTED',
  },
  'another character set': {
    body: '{}',
    headers: { 'Content-Type': 'application/json; charset=utf-16' },
    status: 415,
    code: 'WEBHOOK_CONTENT_TYPE_UNSUPPORTED',
  },
};

const server = () => ({ 'X-Webhook-ID': IDS.default });
const signed = (body: string | Buffer) =>
  signatureHeaders(typeof body === 'string' ? body : body.toString('latin1'), { at: app.now });

const ENDPOINTS = [
  ['/api/authenticated/admin/sync', server, HOSTILE],
  ['/api/authenticated/admin/system-status-notification', server, HOSTILE],
  [
    '/webhooks/radarr/movies-4k',
    () => ({ 'X-Webhook-Secret': RADARR_SECRET }),
    { ...HOSTILE, ...CONTENT_TYPES },
  ],
  ['/webhooks/sonarr/tv', () => ({ 'X-Webhook-Secret': SONARR_SECRET }), { ...HOSTILE, ...CONTENT_TYPES }],
  ['/webhooks/sync', () => ({ 'X-Webhook-Secret': SECRET }), { ...HOSTILE, ...CONTENT_TYPES }],
] as const;

async function refused(
  path: string,
  { body, headers, status, code }: Hostile,
  proof: Record<string, string>,
) {
  const before = (await app.deliveries.list({ limit: 1000, outcome: 'accepted' })).length;
  const response = await fetch(app.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...proof, ...headers },
    body,
  });
  expect([response.status, (await json(response))['code']]).toEqual([status, code]);
  expect(response.headers.get('Content-Type')).toContain('application/problem+json');
  // No trace where it could do anything: nothing asked of the queue, nothing in the inbox, no server held back.
  expect(app.calls).toEqual([]);
  expect(await app.deliveries.countPending()).toBe(0);
  expect(await app.deliveries.list({ limit: 1000, outcome: 'accepted' })).toHaveLength(before);
  expect(await app.holds.find('default', app.now)).toBeNull();
}

describe.each(ENDPOINTS)('%s', (path, proof, cases) => {
  test.each(Object.entries<Hostile>(cases))('%s', (_name, hostile) => refused(path, hostile, proof()));
});

test.each(Object.entries(HOSTILE).filter(([name]) => name !== 'bytes that are no UTF-8'))(
  'a signature makes it no better: %s',
  (_name, hostile) => refused('/webhooks/sync', hostile, signed(hostile.body)),
);

test('each refusal is in the delivery log with its reason, alike ones of a minute as one line', async () => {
  const path = '/webhooks/radarr/movies-4k';
  const rejected = () => app.deliveries.list({ limit: 1000, outcome: 'rejected' });
  // Nobody waits for the log, so those of the tests before may still be on their way.
  const unsafe = async () =>
    (await rejected()).find(({ endpoint, code }) => endpoint === 'radarr' && code === 'WEBHOOK_BODY_UNSAFE');
  await waitFor(unsafe);
  const lines = async () => (await rejected()).length;
  const strange = () =>
    fetch(app.url + path, { method: 'POST', headers: { 'X-Webhook-Secret': 'wrong' }, body: '{}' });
  const counted = async () =>
    (await rejected()).find(({ endpoint, code }) => endpoint === 'radarr' && code === 'WEBHOOK_UNAUTHORIZED')
      ?.count;
  await strange();
  await waitFor(async () => (await counted()) === 1);
  const before = await lines();
  await Promise.all(Array.from({ length: 20 }, strange));
  await waitFor(async () => (await counted()) === 21, { message: 'all refusals to be counted' });
  expect(await lines()).toBe(before);
  expect(await unsafe()).toMatchObject({ source: 'movies-4k', message: expect.any(String), pending: false });
});
