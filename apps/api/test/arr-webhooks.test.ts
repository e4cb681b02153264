import {
  RADARR_EVENTS,
  RADARR_TITLE_EVENTS,
  SONARR_EVENTS,
  SONARR_TITLE_EVENTS,
} from '../../../packages/sync/test/webhooks/fixtures/arr-events';
import { json, startTestApp, type TestApp } from './support';
import { basic, RADARR_SECRET, SONARR_SECRET, WEBHOOKS_FILE } from './webhook-senders';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, WEBHOOKS_FILE);
});
afterAll(() => app.close());
beforeEach(() => {
  app.titleRequests.length = 0;
});

const RADARR = '/webhooks/radarr/movies-4k';
const SONARR = '/webhooks/sonarr/tv';

interface Delivery {
  readonly method?: 'POST' | 'PUT';
  readonly headers?: Record<string, string>;
}

function deliver(path: string, body: unknown, { method = 'POST', headers }: Delivery = {}) {
  const secret = path === SONARR ? SONARR_SECRET : RADARR_SECRET;
  return fetch(app.url + path, {
    method,
    // As the instances do it.
    headers: { 'Content-Type': 'application/json', ...(headers ?? { 'X-Webhook-Secret': secret }) },
    body: JSON.stringify(body, undefined, 2),
  });
}

async function logged(response: Response) {
  const { deliveryId } = await json(response);
  return app.deliveries.get(String(deliveryId));
}

describe.each([
  ['radarr', RADARR, RADARR_EVENTS, RADARR_TITLE_EVENTS, ['Example Movie (2021)'], ['server2']],
  ['sonarr', SONARR, SONARR_EVENTS, SONARR_TITLE_EVENTS, ['Example Show'], ['default', 'server2']],
] as const)('%s', (kind, path, events, titleEvents, titles, serverIds) => {
  test.each([...events])('%s is accepted, and recorded', async (name, event) => {
    const response = await deliver(path, event);
    const asks = (titleEvents as readonly string[]).includes(name);
    expect(response.status).toBe(asks ? 202 : 200);
    const line = await logged(response);
    expect(line).toMatchObject({ endpoint: kind, event: event.eventType, pending: false });
    expect([line?.outcome, line?.titles, line?.runIds.length]).toEqual(
      asks ? ['accepted', titles, 1] : ['ignored', undefined, 0],
    );
    expect(app.titleRequests).toMatchObject(asks ? [{ title: titles[0], serverIds }] : []);
    expect(app.titleRequests).toHaveLength(asks ? 1 : 0);
  });
});

test('PUT is as good as POST: the user of the instance chooses', async () => {
  expect((await deliver(RADARR, RADARR_EVENTS.get('Test'), { method: 'PUT' })).status).toBe(200);
});

test('the order of an upgrade, file delete before import: one look at the title, no more', async () => {
  await deliver(RADARR, RADARR_EVENTS.get('MovieFileDelete upgrade'));
  expect(app.titleRequests).toEqual([]);
  await deliver(RADARR, RADARR_EVENTS.get('Download upgrade'));
  expect(app.titleRequests).toHaveLength(1);
});

test('a Windows path under a configured drive', async () => {
  const event = {
    ...RADARR_EVENTS.get('Download'),
    movie: { folderPath: String.raw`d:\movies\Élan (2021)` },
  };
  expect(await json(await deliver(RADARR, event))).toMatchObject({ titles: ['Élan (2021)'] });
});

test('the run names the instance as the one who asked', async () => {
  await deliver(RADARR, RADARR_EVENTS.get('Download'));
  expect(app.titleRequests).toMatchObject([{ trigger: 'webhook', requester: 'radarr/movies-4k' }]);
});

describe('who may send', () => {
  test.each([
    ['the header', RADARR, { 'X-Webhook-Secret': RADARR_SECRET }],
    ['Basic, any user name where none is configured', RADARR, { Authorization: basic('', RADARR_SECRET) }],
    ['Basic, the configured user name', SONARR, { Authorization: basic('sonarr', SONARR_SECRET) }],
  ])('%s', async (_name, path, headers) => {
    expect((await deliver(path, RADARR_EVENTS.get('Test'), { headers })).status).toBe(200);
  });

  test.each<[string, string, Record<string, string>]>([
    ['nothing', RADARR, {}],
    ['a wrong header', RADARR, { 'X-Webhook-Secret': 'wrong' }],
    ['an empty header', RADARR, { 'X-Webhook-Secret': '' }],
    ['a wrong password', RADARR, { Authorization: basic('x', 'wrong') }],
    ['a wrong user name', SONARR, { Authorization: basic('radarr', SONARR_SECRET) }],
    ['broken Basic', RADARR, { Authorization: 'Basic %%%' }],
    ['a bearer token', RADARR, { Authorization: `Bearer ${RADARR_SECRET}` }],
    ['the secret of another source', RADARR, { 'X-Webhook-Secret': SONARR_SECRET }],
    ['a source of another kind', '/webhooks/sonarr/movies-4k', { 'X-Webhook-Secret': RADARR_SECRET }],
    ['a source that is not there', '/webhooks/radarr/none', { 'X-Webhook-Secret': RADARR_SECRET }],
  ])('not %s', async (_name, path, headers) => {
    const response = await deliver(path, RADARR_EVENTS.get('Download'), { headers });
    expect(response.status).toBe(401);
    expect(await json(response)).toMatchObject({ code: 'WEBHOOK_UNAUTHORIZED' });
    expect(app.titleRequests).toEqual([]);
  });
});

test('neither a secret nor a body is in the log or in the delivery log', async () => {
  await deliver(RADARR, RADARR_EVENTS.get('Download'), { headers: { 'X-Webhook-Secret': 'wrong-hunter2' } });
  const shown = JSON.stringify(await app.deliveries.list({ limit: 1000 })) + app.logText();
  for (const hidden of [RADARR_SECRET, SONARR_SECRET, 'hunter2', 'downloadClient', 'Example.Movie']) {
    expect(shown).not.toContain(hidden);
  }
});
