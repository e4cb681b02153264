import { API_BASE, ENDPOINT_NAMES, ENDPOINTS, pathMembers, type EndpointName } from '@reelsync/admin';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

import { waitFor } from '../../../../tests/support';
import { AdminApi, TOKENS, type Answer } from './admin-api';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: object;
}

let api: AdminApi;
let document: Document;
beforeAll(async () => {
  api = await AdminApi.start();
  document = (await api.send('GET', '/openapi.json')).body as Document;
});
afterAll(() => api.close());

/** Calls an endpoint and checks its answer against the schema that the served document has for it. */
async function call(
  name: EndpointName,
  input: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { method, path, status } = ENDPOINTS[name];
  const members = pathMembers({ path });
  const rest = Object.fromEntries(Object.entries(input).filter(([member]) => !members.includes(member)));
  const target = members.reduce(
    (text, member) => text.replace(`{${member}}`, encodeURIComponent(String(input[member]))),
    path,
  );
  const query = new URLSearchParams(rest as Record<string, string>).toString();
  const answer: Answer =
    method === 'get'
      ? await api.send('GET', query === '' ? target : `${target}?${query}`)
      : await api.send(method.toUpperCase(), target, rest);
  expect([name, answer.status, answer.body]).toEqual([name, status, expect.anything()]);
  const validate = validatorOf(name);
  expect([validate(answer.body), validate.errors]).toEqual([true, null]);
  return answer.body as Record<string, unknown>;
}

function validatorOf(name: EndpointName): ValidateFunction {
  const { method, path, status } = ENDPOINTS[name];
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  const schema =
    document.paths[path]?.[method]?.responses[String(status)]?.content['application/json']?.schema;
  return ajv.compile({ ...schema, components: document.components });
}

const items = (body: Record<string, unknown>) => body['items'] as Record<string, unknown>[];

test('every route is in the document, and nothing else is', () => {
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  );
  const routes = ENDPOINT_NAMES.map((name) => `${name} ${ENDPOINTS[name].method} ${ENDPOINTS[name].path}`);
  // The one that is a stream.
  expect(described.sort()).toEqual([...routes, 'streamEvents get /events'].sort());
  for (const methods of Object.values(document.paths)) {
    for (const { operationId, parameters = [], responses } of Object.values(methods)) {
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect([operationId, inPath]).toEqual([
        operationId,
        ENDPOINT_NAMES.filter((name) => name === operationId).flatMap((name) => pathMembers(ENDPOINTS[name])),
      ]);
      expect(responses['default']?.content['application/problem+json']).toBeDefined();
    }
  }
});

test('the stream of events is described with its filters, and sends what it says', async () => {
  const { parameters = [], responses } = document.paths['/events']?.['get'] ?? {};
  expect(parameters.map(({ in: where, name }) => `${where} ${name}`).sort()).toEqual([
    'header Last-Event-ID',
    ...['entityId', 'lastEventId', 'mediaType', 'runId', 'serverId', 'type'].map((name) => `query ${name}`),
  ]);
  expect(Object.keys(responses?.['200']?.content ?? {})).toEqual(['text/event-stream']);
  const stopping = new AbortController();
  const filters = 'type=error&type=warning&mediaType=movie&entityId=x&serverId=default&lastEventId=0';
  const answer = await fetch(`${api.url}${API_BASE}/events?${filters}&runId=${'f'.repeat(24)}`, {
    headers: { Authorization: `Bearer ${TOKENS.ops}` },
    signal: stopping.signal,
  });
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
  stopping.abort();
});

test('the delivery log: every refused and accepted webhook, by outcome', async () => {
  const { deliveries } = api.installation.database;
  const receivedAt = new Date();
  const strange = { endpoint: 'radarr', receivedAt } as const;
  await deliveries.reject(strange, { code: 'WEBHOOK_UNAUTHORIZED', message: 'not known' });
  expect(items(await call('listDeliveries', { outcome: 'rejected', limit: 1 }))).toMatchObject([
    { endpoint: 'radarr', outcome: 'rejected', code: 'WEBHOOK_UNAUTHORIZED', runIds: [], pending: false },
  ]);
  expect(items(await call('listDeliveries', { outcome: 'duplicate' }))).toEqual([]);
});

test('the page to browse it needs a login and loads nothing from elsewhere', async () => {
  const anonymous = await api.send('GET', '/docs', undefined, { Accept: 'text/html' });
  expect([anonymous.status, anonymous.headers.get('Location')]).toEqual([303, '/login']);
  const Cookie = await api.signIn();
  const { body } = await api.send('GET', '/docs', undefined, { Cookie });
  const links = [...String(body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(2);
  for (const link of links) {
    expect(link.startsWith(API_BASE)).toBe(true);
    expect((await api.send('GET', link.slice(API_BASE.length), undefined, { Cookie })).status).toBe(200);
  }
});

test('each resource from scan to retry; every answer is what the document says', async () => {
  const { installation } = api;
  await installation.startWorker();

  const scan = await call('requestSync', { kind: 'scan' });
  await installation.ended(String(scan['runId']));
  const run = await call('getRun', { runId: scan['runId'] });
  expect(run).toMatchObject({ status: 'done', trigger: 'admin', requester: 'ops', counts: { failed: 1 } });
  expect(items(await call('listRuns', { limit: 1 }))).toEqual([run]);
  expect(items(await call('listRunFailures', { runId: scan['runId'] }))).toMatchObject([
    { title: 'Bad Metadata', code: 'METADATA_INVALID' },
  ]);

  const movies = await call('requestSync', {
    kind: 'movies',
    titles: ['The Matrix Reloaded (2003)'],
    force: true,
  });
  expect(await installation.ended(String(movies['runId']))).toMatchObject({
    counts: { planned: 1, failed: 0 },
  });

  expect(await call('pauseQueue', { queue: 'movies' })).toMatchObject({ name: 'movies', paused: true });
  expect(await call('resumeQueue', { queue: 'movies' })).toMatchObject({ paused: false });
  expect(await call('limitQueue', { queue: 'movies', limit: 7 })).toMatchObject({ concurrency: 7 });
  expect(await call('limitQueue', { queue: 'movies', limit: null })).toMatchObject({ concurrency: null });
  expect(items(await call('listQueues'))).toHaveLength(6);

  const failed = await call('listFailedJobs', { code: 'METADATA_INVALID', server: 'default', title: 'bad' });
  expect(items(failed)).toMatchObject([{ label: 'Bad Metadata', queue: 'movies' }]);
  const retried = await call('retryFailedJobs', { title: 'Bad Metadata' });
  expect(retried).toMatchObject({
    matched: 1,
    retried: 1,
    gone: 0,
    left: 0,
    fullQueues: [],
    runIds: [expect.any(String)],
  });
  const [retryRun = ''] = retried['runIds'] as string[];
  expect(await installation.ended(retryRun)).toMatchObject({
    status: 'done',
    counts: { planned: 1, failed: 1 },
  });
  await waitFor(async () => items(await call('listFailedJobs')).length === 1);
  expect(await call('discardFailedJobs', { ids: [items(await call('listFailedJobs'))[0]?.['id']] })).toEqual({
    matched: 1,
    discarded: 1,
    gone: 0,
    unknownIds: [],
  });

  const [server, server2] = items(await call('listServers'));
  expect(server).toMatchObject({
    id: 'default',
    enabled: true,
    listings: [
      { kind: 'movies', lastAttempt: { status: 'changed' }, checkedAt: expect.any(String) },
      { kind: 'tv', checkedAt: expect.any(String) },
    ],
  });
  expect(server).not.toHaveProperty('hold');
  expect(server2).toMatchObject({ id: 'server2', enabled: true });
  expect(await call('getStats')).toMatchObject({ catalogue: { movies: expect.any(Number) } });

  const toCancel = await call('requestSync', { kind: 'movies', titles: ['The Matrix Reloaded (2003)'] });
  await installation.ended(String(toCancel['runId']));
  expect(await call('cancelRun', { runId: toCancel['runId'] })).toMatchObject({
    run: { id: toCancel['runId'], status: 'done' },
    withdrawnJobs: 0,
  });

  // A slash in an id is part of one segment of the path.
  const scheduled = await call('runSchedule', { schedule: 'scan/default' });
  expect(await installation.ended(String(scheduled['runId']))).toMatchObject({
    status: 'done',
    trigger: 'admin',
    requester: 'ops',
    scope: { kind: 'servers', serverIds: ['default'] },
  });
  expect(await call('pauseSchedule', { schedule: 'scan/default' })).toMatchObject({ paused: { by: 'ops' } });
  expect(items(await call('listSchedules')).filter(({ paused }) => paused !== undefined)).toMatchObject([
    { id: 'scan/default', action: { kind: 'scan', serverId: 'default' }, timing: { kind: 'every' } },
  ]);
  expect(await call('resumeSchedule', { schedule: 'scan/default' })).not.toHaveProperty('paused');

  const bulk = await call('openBulk', { domain: 'movies', source: 'inventory' });
  const advanced = await call('advanceBulk', { id: bulk['id'], position: 0 });
  expect(advanced).toMatchObject({
    exhausted: true,
    planned: run['counts'] && (run['counts'] as { planned: number }).planned,
  });
  expect(await call('keepBulkAlive', { id: bulk['id'] })).toMatchObject({ total: advanced['planned'] });
  await call('suspendBulk', { id: bulk['id'] });
  expect(await call('finishBulk', { id: bulk['id'] })).toMatchObject({ status: 'finished' });
  expect(await call('getBulk', { id: bulk['id'] })).toMatchObject({ status: 'finished' });
  await installation.ended(String(advanced['runId']));

  expect(items(await call('listAudit')).map(({ action }) => action)).toEqual([
    'schedules.resume',
    'schedules.pause',
    'schedules.run',
    'runs.cancel',
    'failed-jobs.discard',
    'failed-jobs.retry',
    'queues.limit',
    'queues.limit',
    'queues.resume',
    'queues.pause',
  ]);
});

test('a server that is held back says since when, until when and why (contract §7.2)', async () => {
  const { serverHolds } = api.installation.database;
  const since = new Date();
  const until = new Date(since.getTime() + 600_000);
  await serverHolds.hold('server2', since, until);
  const [free, held] = items(await call('listServers'));
  expect(free).not.toHaveProperty('hold');
  expect(held?.['hold']).toEqual({
    since: since.toISOString(),
    until: until.toISOString(),
    reason: 'critical',
  });
  await serverHolds.release('server2');
});

test.each([
  `/runs/${'f'.repeat(24)}/cancel`,
  '/schedules/nonsense/run',
  '/schedules/scan%2Fnobody/pause',
  '/schedules/nonsense/resume',
])('POST %s: 404 with its code, and a record of who tried', async (path) => {
  const code = path.startsWith('/runs') ? 'RUN_UNKNOWN' : 'SCHEDULE_UNKNOWN';
  expect(await api.send('POST', path)).toMatchObject({ status: 404, body: { code } });
  const [entry] = await api.installation.database.audit.list({ limit: 1 });
  expect(entry).toMatchObject({ actor: { name: 'ops' }, details: { failed: code } });
});

test.each([
  ['GET', '/runs?status=nonsense'],
  ['POST', '/runs/nonsense/cancel'],
])('%s %s: 400', async (method, path) => {
  expect(await api.send(method, path)).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
});
