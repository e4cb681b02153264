import { waitFor } from '../../../tests/support';
import { json, startTestApp, type TestApp } from './support';
import { OLD_SECRET, SECRET, signatureHeaders, WEBHOOKS_FILE } from './webhook-senders';

const PATH = '/webhooks/sync';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({}, WEBHOOKS_FILE);
});
afterEach(() => app.close());

function post(body: string, headers: Record<string, string> = { 'X-Webhook-Secret': SECRET }) {
  return fetch(app.url + PATH, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
}

async function outcome(response: Response): Promise<unknown> {
  const { code } = await json(response);
  return [response.status, code];
}

describe('what it asks for', () => {
  test('titles and seasons, by the methods of the sync', async () => {
    const body = {
      movies: ['The Matrix (1999)'],
      shows: ['Fargo'],
      episodes: [{ title: 'Fargo', season: 2, episode: 1 }],
      operations: ['metadata'],
    };
    const response = await post(JSON.stringify(body));
    expect(response.status).toBe(202);
    expect(await json(response)).toEqual({
      status: 'accepted',
      deliveryId: expect.any(String),
      runIds: [expect.any(String), expect.any(String), expect.any(String)],
    });
    const common = { trigger: 'webhook', urgency: 'webhook', operations: ['metadata'], force: false };
    expect(app.calls).toEqual([
      ['requestMovies', ['The Matrix (1999)'], expect.objectContaining(common)],
      ['requestShows', ['Fargo'], expect.objectContaining(common)],
      ['requestEpisodes', ['Fargo'], expect.objectContaining({ ...common, seasons: [2] })],
    ]);
    expect(await app.deliveries.list({ limit: 5 })).toMatchObject([
      { endpoint: 'generic', source: 'secret', titles: ['The Matrix (1999)', 'Fargo'], outcome: 'accepted' },
    ]);
  });

  test.each([
    ['{}', ['default', 'server2']],
    ['{"server":"server2"}', ['server2']],
  ])('%s scans %j', async (body, serverIds) => {
    expect((await post(body)).status).toBe(202);
    expect(app.scans.map((scan) => scan.serverIds)).toEqual([serverIds]);
  });
});

describe('who may send', () => {
  test.each([
    ['the secret', { 'X-Webhook-Secret': SECRET }],
    ['the secret that is being replaced', { 'X-Webhook-Secret': OLD_SECRET }],
  ])('%s', async (_name, headers) => {
    expect((await post('{}', headers)).status).toBe(202);
  });

  test.each<[string, { readonly secret?: string; readonly seconds?: number }]>([
    ['with the secret', {}],
    ['with the secret that is being replaced', { secret: OLD_SECRET }],
    ['at the edge of the replay window', { seconds: 300 }],
    ['by a clock that is ahead', { seconds: -299.5 }],
  ])('a signature over timestamp and body, %s', async (_name, { secret = SECRET, seconds = 0 }) => {
    const at = new Date(app.now.getTime() - seconds * 1000);
    expect((await post('{"force":true}', signatureHeaders('{"force":true}', { at, secret }))).status).toBe(
      202,
    );
  });

  test.each<[string, (headers: Record<string, string>) => Record<string, string>, number, string]>([
    ['nothing', () => ({}), 401, 'WEBHOOK_UNAUTHORIZED'],
    ['a wrong secret', () => ({ 'X-Webhook-Secret': 'wrong' }), 401, 'WEBHOOK_UNAUTHORIZED'],
    [
      'a signature of another length',
      (good) => ({ ...good, 'X-Webhook-Signature': 'sha256=00' }),
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ],
    [
      'a signature of another secret',
      (good) => ({ ...good, 'X-Webhook-Signature': `sha256=${'0'.repeat(64)}` }),
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ],
    [
      'a wrong signature beside the right secret',
      (good) => ({ ...good, 'X-Webhook-Signature': `sha256=${'0'.repeat(64)}`, 'X-Webhook-Secret': SECRET }),
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ],
    [
      'a timestamp that is not the signed one',
      (good) => ({ ...good, 'X-Webhook-Timestamp': `${Number(good['X-Webhook-Timestamp']) + 1}` }),
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ],
    [
      'no timestamp',
      ({ 'X-Webhook-Signature': signature = '' }) => ({ 'X-Webhook-Signature': signature }),
      401,
      'WEBHOOK_TIMESTAMP_INVALID',
    ],
    [
      'a timestamp that is no number',
      (good) => ({ ...good, 'X-Webhook-Timestamp': 'NaN' }),
      401,
      'WEBHOOK_TIMESTAMP_INVALID',
    ],
  ])('not %s', async (_name, change, status, code) => {
    const response = await post('{}', change(signatureHeaders('{}', { at: app.now })));
    expect(await outcome(response)).toEqual([status, code]);
    expect(app.calls).toEqual([]);
  });

  test.each([301, -301, 86_400])('not an old or future timestamp (%d s)', async (seconds) => {
    const at = new Date(app.now.getTime() - seconds * 1000);
    expect(await outcome(await post('{}', signatureHeaders('{}', { at })))).toEqual([
      401,
      'WEBHOOK_TIMESTAMP_INVALID',
    ]);
  });

  test('nobody, when no secret is configured', async () => {
    await app.close();
    app = await startTestApp();
    expect(await outcome(await post('{}', { 'X-Webhook-Secret': '' }))).toEqual([
      401,
      'WEBHOOK_UNAUTHORIZED',
    ]);
    expect(await outcome(await post('{}', signatureHeaders('{}', { at: app.now, secret: 'x' })))).toEqual([
      401,
      'WEBHOOK_SIGNATURE_INVALID',
    ]);
  });
});

describe('a delivery counts once', () => {
  const again = async (first: Record<string, string>, second: Record<string, string>) => {
    expect((await post('{}', first)).status).toBe(202);
    const response = await post('{}', second);
    expect(await outcome(response)).toEqual([409, 'WEBHOOK_REPLAYED']);
    expect(app.scans).toHaveLength(1);
    await waitFor(async () => (await app.deliveries.list({ limit: 5, outcome: 'duplicate' })).length === 1);
  };

  test('the same bytes and signature', async () => {
    const headers = signatureHeaders('{}', { at: app.now });
    await again(headers, headers);
  });

  test('the same id, signed anew: the sender had no answer', async () => {
    const later = new Date(app.now.getTime() + 1000);
    await again(
      signatureHeaders('{}', { at: app.now, deliveryId: 'event-7' }),
      signatureHeaders('{}', { at: later, deliveryId: 'event-7' }),
    );
  });

  test('the same signature under another id, which is not signed: somebody overheard it', async () => {
    const headers = signatureHeaders('{}', { at: app.now, deliveryId: 'event-7' });
    await again(headers, { ...headers, 'X-Webhook-Delivery': 'event-8' });
  });

  test('the same id with the secret', async () => {
    const headers = { 'X-Webhook-Secret': SECRET, 'X-Webhook-Delivery': 'event-9' };
    await again(headers, headers);
  });

  test('a hundred times at once: one is accepted', async () => {
    const headers = signatureHeaders('{}', { at: app.now, deliveryId: 'event-10' });
    const responses = await Promise.all(Array.from({ length: 100 }, () => post('{}', headers)));
    const accepted = responses.filter(({ status }) => status === 202).length;
    expect(responses.filter(({ status }) => status === 409)).toHaveLength(100 - accepted);
    // On a busy machine a connection to the database may break: then one more waits on the queue, which recognises it later.
    expect(accepted).toBe(1 + (await app.deferred()).length);
    expect(await app.deliveries.list({ limit: 5, outcome: 'accepted' })).toHaveLength(1);
    expect(app.scans).toHaveLength(1);
  });

  test('a delivery that could not be stored may come again', async () => {
    app.queueReady = false;
    await app.loseDatabase();
    const headers = signatureHeaders('{}', { at: app.now, deliveryId: 'event-11' });
    const response = await post('{}', headers);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('10');
  });
});

test('MongoDB alone is away: what is asked for waits on the queue, once however often it is sent', async () => {
  await app.loseDatabase();
  const body = '{"movies":["Heat (1995)"],"operations":["metadata"]}';
  const headers = signatureHeaders(body, { at: app.now, deliveryId: 'event-12' });
  const response = await post(body, headers);
  expect(response.status).toBe(202);
  const { deliveryId } = await json(response);
  expect(await outcome(await post(body, headers))).toEqual([409, 'WEBHOOK_REPLAYED']);
  // The signature is remembered without its id as well, as soon as MongoDB is back.
  const renamed = signatureHeaders(body, { at: app.now, deliveryId: 'event-13' });
  expect((await post(body, renamed)).status).toBe(202);
  const orders = [
    { kind: 'units', domain: 'movies', titles: ['Heat (1995)'], operations: ['metadata'], force: false },
  ];
  const first = (await app.deferred()).find((job) => (job as { id: string }).id === deliveryId);
  expect(first).toEqual({
    v: 1,
    id: deliveryId,
    endpoint: 'generic',
    source: 'signed',
    titles: ['Heat (1995)'],
    receivedAt: app.now.toISOString(),
    replayKeys: ['id/event-12', expect.stringMatching(/^signature\/[0-9a-f]{64}$/)],
    what: { kind: 'orders', orders },
  });
  expect(await app.deferred()).toHaveLength(2);
});

test('fractions of a second tell two deliveries of the same second apart', async () => {
  const soon = new Date(app.now.getTime() + 1);
  expect((await post('{}', signatureHeaders('{}', { at: app.now }))).status).toBe(202);
  expect((await post('{}', signatureHeaders('{}', { at: soon }))).status).toBe(202);
});
