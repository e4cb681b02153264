import { AdminApi, TOKENS } from './admin-api';

let api: AdminApi;
beforeAll(async () => {
  api = await AdminApi.start();
});
afterAll(() => api.close());

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

function expectProblem(
  answer: { status: number; headers: Headers; body: unknown },
  status: number,
  code: string,
) {
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect([answer.status, answer.body]).toMatchObject([
    status,
    {
      type: `urn:reelsync:problem:${code}`,
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
    },
  ]);
}

describe('who may use the admin API', () => {
  test.each([
    ['nothing', {}, 'LOGIN_REQUIRED'],
    ['an unknown token', bearer('nobody-knows-this-token-at-all'), 'TOKEN_INVALID'],
    ['the hash of a token', bearer('0'.repeat(64)), 'TOKEN_INVALID'],
    ['another scheme', { Authorization: `Basic ${TOKENS.ops}` }, 'TOKEN_INVALID'],
    ['an empty token', { Authorization: 'Bearer ' }, 'TOKEN_INVALID'],
    ['a forged session', { Cookie: 'reelsync=eyJhZG1pbiI6dHJ1ZX0=; reelsync.sig=x' }, 'LOGIN_REQUIRED'],
  ])('%s is refused, for reading and writing, known and unknown routes', async (_name, headers, code) => {
    for (const [method, path] of [
      ['GET', '/queues'],
      ['POST', '/queues/movies/pause'],
      ['GET', '/openapi.json'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await api.send(method, path, undefined, { Accept: '*/*', ...headers });
      expectProblem(answer, 401, code);
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
    }
  });

  test('each of several tokens is accepted, also one that is configured by its hash', async () => {
    for (const token of Object.values(TOKENS))
      expect((await api.send('GET', '/queues', undefined, bearer(token))).status).toBe(200);
  });

  test('a session may read; it may write from our own pages only', async () => {
    const Cookie = await api.signIn();
    expect((await api.send('GET', '/queues', undefined, { Cookie })).status).toBe(200);
    for (const headers of [{}, { Origin: 'http://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }])
      expectProblem(
        await api.send('POST', '/queues/movies/resume', undefined, { Cookie, ...headers }),
        403,
        'ORIGIN_REFUSED',
      );
    const own = await api.send('POST', '/queues/movies/resume', undefined, { Cookie, Origin: api.url });
    expect(own.status).toBe(200);
  });

  test('a wrong token is not made good by a session', async () => {
    const Cookie = await api.signIn();
    const answer = await api.send('GET', '/queues', undefined, { Cookie, ...bearer('x'.repeat(30)) });
    expectProblem(answer, 401, 'TOKEN_INVALID');
  });

  test('the record says who did it, by token or by session; no token is logged', async () => {
    await api.send('POST', '/queues/shows/pause', undefined, bearer(TOKENS.ci));
    await api.send('POST', '/queues/shows/resume', undefined, {
      Cookie: await api.signIn(),
      Origin: api.url,
    });
    expect((await api.send('GET', '/audit?limit=2')).body).toMatchObject({
      items: [
        { actor: { kind: 'session', name: 'admin' }, action: 'queues.resume', details: { queue: 'shows' } },
        { actor: { kind: 'token', name: 'ci' }, action: 'queues.pause', details: { queue: 'shows' } },
      ],
    });
    expect(api.logText()).toContain('/api/v1/queues');
    for (const secret of [...Object.values(TOKENS), 'nobody-knows'])
      expect(api.logText()).not.toContain(secret);
  });
});

describe('what is not right is a problem with a stable code', () => {
  const deep = '['.repeat(20_000) + ']'.repeat(20_000);
  test.each([
    ['an unknown route', 'GET', '/nowhere', undefined, 404, 'ROUTE_UNKNOWN'],
    ['another case', 'GET', '/Queues', undefined, 404, 'ROUTE_UNKNOWN'],
    ['a wrong method', 'DELETE', '/queues', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['no JSON', 'POST', '/sync-requests', '{', 400, 'REQUEST_INVALID'],
    ['a number', 'POST', '/sync-requests', '1', 400, 'REQUEST_INVALID'],
    ['deep nesting', 'POST', '/sync-requests', deep, 400, 'INPUT_INVALID'],
    ['a large body', 'POST', '/sync-requests', `"${'x'.repeat(70_000)}"`, 413, 'REQUEST_INVALID'],
    ['no kind', 'POST', '/sync-requests', {}, 400, 'INPUT_INVALID'],
    ['nothing, which is not everything', 'POST', '/failed-jobs/discard', undefined, 400, 'INPUT_INVALID'],
    ['a list', 'POST', '/failed-jobs/retry', [], 400, 'INPUT_INVALID'],
    ['no title', 'POST', '/sync-requests', { kind: 'movies', titles: [] }, 400, 'INPUT_INVALID'],
    [
      'an operator',
      'POST',
      '/sync-requests',
      { kind: 'movies', titles: [{ $gt: '' }] },
      400,
      'INPUT_INVALID',
    ],
    ['an unknown member', 'POST', '/sync-requests', { kind: 'scan', $where: 1 }, 400, 'INPUT_INVALID'],
    [
      'a prototype',
      'POST',
      '/sync-requests',
      '{"kind":"scan","__proto__":{"full":true}}',
      400,
      'INPUT_INVALID',
    ],
    [
      'an unknown server',
      'POST',
      '/sync-requests',
      { kind: 'scan', servers: ['x'] },
      422,
      'SERVER_NOT_CONFIGURED',
    ],
    ['an unknown queue', 'POST', '/queues/nowhere/pause', undefined, 400, 'INPUT_INVALID'],
    ['no id', 'GET', '/runs/nowhere', undefined, 400, 'INPUT_INVALID'],
    ['an unknown run', 'GET', `/runs/${'0'.repeat(24)}`, undefined, 404, 'RUN_UNKNOWN'],
    ['a member twice', 'GET', '/failed-jobs?code=A&code=B', undefined, 400, 'INPUT_INVALID'],
  ])('%s', async (_name, method, path, body, status, code) => {
    expectProblem(await api.send(method, path, body), status, code);
  });

  test('a show that no server lists, by listings that were read just now', async () => {
    const { listings } = api.installation.database;
    for (const serverId of ['default', 'server2'])
      await listings.saveComplete(
        serverId,
        'tv',
        { titleCount: 0, recordCount: 0, recordsVersion: 1, completedAt: new Date() },
        null,
      );
    const answer = await api.send('POST', '/sync-requests', { kind: 'seasons', titles: ['x'] });
    expectProblem(answer, 404, 'TITLE_UNKNOWN');
  });

  test('another content type is refused; a wrong method says what is allowed', async () => {
    const answer = await api.send('POST', '/sync-requests', 'kind=scan', {
      Authorization: `Bearer ${TOKENS.ops}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expectProblem(answer, 415, 'MEDIA_TYPE_UNSUPPORTED');
    expect((await api.send('GET', '/queues/movies/pause')).headers.get('Allow')).toBe('POST');
  });

  test('every wrong member is named, no value repeated', async () => {
    const secret = 'not-to-be-repeated';
    const { body } = await api.send('POST', '/sync-requests', {
      kind: 'movies',
      titles: ['Heat', ''],
      force: secret,
      operations: [secret],
    });
    expect(body).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ path: 'titles.1' }),
        expect.objectContaining({ path: 'force' }),
        expect.objectContaining({ path: 'operations.0' }),
      ]),
    });
    expect(JSON.stringify(body)).not.toContain(secret);
  });
});
