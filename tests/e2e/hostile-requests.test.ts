import { signatureHeaders } from '../../apps/api/test/webhook-senders';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import { CLI_TOKEN, CLI_TOKEN_SETTINGS } from './support/ways';
import {
  deliver,
  genericDelivery,
  radarrDelivery,
  serverDelivery,
  sonarrDelivery,
  statusDelivery,
  webhookSettings,
} from './support/webhooks';

let stage: Stage;
let installation: Installation;
let url: string;
beforeAll(async () => {
  stage = await openStage({ titles: 3 });
  installation = await Installation.open(stage, {
    ...(await webhookSettings(stage)),
    ...CLI_TOKEN_SETTINGS,
  });
  // No worker: what reached a queue would stay there to be seen.
  url = (await installation.startApi()).value;
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

interface Hostile {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}

const FIVE_MEGABYTES = JSON.stringify({ filler: 'x'.repeat(5 * 1024 * 1024) });
const DEEP = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
const WITH_PROTOTYPE = '{"__proto__": {"force": true}, "eventType": "Test", "status": "critical"}';
const WITH_OPERATOR = '{"eventType": {"$gt": ""}, "status": {"$gt": ""}, "movies": [{"$gt": ""}]}';
const UTF_16 = { 'Content-Type': 'application/json; charset=utf-16' };

/** Of a sender who is known: what is wrong is what he sends. */
const FROM_A_SENDER: readonly Hostile[] = [
  { body: FIVE_MEGABYTES, status: 413, code: 'WEBHOOK_BODY_TOO_LARGE' },
  { body: DEEP, status: 400, code: 'WEBHOOK_BODY_UNSAFE' },
  { body: WITH_PROTOTYPE, status: 400, code: 'WEBHOOK_BODY_UNSAFE' },
  { body: WITH_OPERATOR, status: 400, code: 'WEBHOOK_BODY_UNSAFE' },
  { body: '{"force": tr', status: 400, code: 'WEBHOOK_BODY_INVALID' },
  { body: '{}', headers: UTF_16, status: 415, code: 'WEBHOOK_CONTENT_TYPE_UNSUPPORTED' },
];

const ID_WRONG = { headers: { 'X-Webhook-ID': 'wrong' }, status: 401, code: 'WEBHOOK_UNAUTHORIZED' };
const SECRET_WRONG = { headers: { 'X-Webhook-Secret': 'wrong' }, status: 401, code: 'WEBHOOK_UNAUTHORIZED' };
const TEXT = {
  body: '{}',
  headers: { 'Content-Type': 'text/plain' },
  status: 415,
  code: 'WEBHOOK_CONTENT_TYPE_UNSUPPORTED',
};

async function refused(
  path: string,
  proof: Readonly<Record<string, string>>,
  { body, headers, status, code }: Hostile,
): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...proof, ...headers },
    body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  const about = `${path} ${body.slice(0, 60)}`;
  expect([about, response.status, answer['code']]).toEqual([about, status, code]);
}

const alphaId = () => stage.servers[0].webhookId;

test.each([
  ['a file server asks for a sync', () => serverDelivery(alphaId()), [{ body: '{}', ...ID_WRONG }]],
  [
    'a file server tells its state',
    () => statusDelivery(alphaId(), 'critical'),
    [{ body: '{"status": "critical"}', ...ID_WRONG }],
  ],
  [
    'Radarr',
    () => radarrDelivery({ eventType: 'Test' }),
    [{ body: '{"eventType": "Test"}', ...SECRET_WRONG }, TEXT],
  ],
  [
    'Sonarr',
    () => sonarrDelivery({ eventType: 'Test' }),
    [{ body: '{"eventType": "Test"}', ...SECRET_WRONG }, TEXT],
  ],
])('%s: whatever is hostile gets 4xx with a code, and leaves no trace', async (_name, delivery, others) => {
  const { path, headers } = delivery();
  const before = await installation.contents();
  for (const hostile of [...FROM_A_SENDER, ...others]) await refused(path, headers, hostile);
  expect(await installation.contents()).toEqual(before);
});

test('signed deliveries: wrong signature, old timestamp, replayed id and hostile bodies leave no trace', async () => {
  const path = '/webhooks/sync';
  const signed = (body: string, at = new Date()) => signatureHeaders(body, { at });
  const once = genericDelivery({ movies: ['1923'] }, 'delivery-1');
  await deliver(url, once);
  const before = await installation.contents();

  const body = '{"movies": ["1924"]}';
  const hourAgo = new Date(Date.now() - 3_600_000);
  const cases: readonly Hostile[] = [
    { body: `${body} `, headers: signed(body), status: 401, code: 'WEBHOOK_SIGNATURE_INVALID' },
    { body, headers: signed(body, hourAgo), status: 401, code: 'WEBHOOK_TIMESTAMP_INVALID' },
    { body: once.body, headers: once.headers, status: 409, code: 'WEBHOOK_REPLAYED' },
    {
      body,
      headers: { ...signed(body), 'X-Webhook-Delivery': 'delivery-1' },
      status: 409,
      code: 'WEBHOOK_REPLAYED',
    },
    { body, headers: {}, status: 401, code: 'WEBHOOK_UNAUTHORIZED' },
    ...[...FROM_A_SENDER, TEXT].map((hostile) => ({
      ...hostile,
      headers: { ...signed(hostile.body), ...hostile.headers },
    })),
  ];
  for (const hostile of cases) await refused(path, {}, hostile);
  expect(await installation.contents()).toEqual(before);
});

test('the admin API: hostile sync requests get 4xx with a code, and leave no trace', async () => {
  const path = '/api/v1/sync-requests';
  const token = { Authorization: `Bearer ${CLI_TOKEN}` };
  const invalid = { status: 400, code: 'INPUT_INVALID' };
  const movies = (titles: string) => `{"kind": "movies", "titles": ${titles}}`;
  const cases: readonly Hostile[] = [
    { body: FIVE_MEGABYTES, status: 413, code: 'REQUEST_INVALID' },
    { body: DEEP, ...invalid },
    { body: movies(`[${'['.repeat(5000)}${']'.repeat(5000)}]`), ...invalid },
    { body: `{"__proto__": {"kind": "scan"}}`, ...invalid },
    { body: `{"kind": "scan", "__proto__": {"force": true}}`, ...invalid },
    { body: `{"kind": "scan", "constructor": {"prototype": {}}}`, ...invalid },
    { body: movies('{"$gt": ""}'), ...invalid },
    { body: movies('[{"$gt": ""}]'), ...invalid },
    { body: '{"kind": {"$ne": "scan"}}', ...invalid },
    { body: '{"kind": "scan", "servers": ["../../etc"]}', ...invalid },
    { body: movies('["a"'), status: 400, code: 'REQUEST_INVALID' },
    { body: '[]', ...invalid },
    {
      body: movies('["1923"]'),
      headers: { 'Content-Type': 'text/plain' },
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
    },
    {
      body: movies('["1923"]'),
      headers: { Authorization: 'Bearer wrong' },
      status: 401,
      code: 'TOKEN_INVALID',
    },
  ];
  const before = await installation.contents();
  for (const hostile of cases) await refused(path, token, hostile);
  expect(await installation.contents()).toEqual(before);
});
