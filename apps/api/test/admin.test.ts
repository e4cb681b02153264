import { json, PASSWORD, startTestApp, type TestApp } from './support';

const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(app.url + path, { redirect: 'manual', ...init });
}

function login(user: string, password: string, headers: Record<string, string> = {}): Promise<Response> {
  return send('/login', {
    method: 'POST',
    body: new URLSearchParams({ user, password }),
    headers: { Origin: app.url, ...HTML, ...headers },
  });
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');
}

async function signIn(): Promise<string> {
  return cookiesOf(await login('admin', PASSWORD));
}

describe('without a login', () => {
  test('a person is led to the login', async () => {
    for (const path of ['/queues', '/queues/queue/movies']) {
      const response = await send(path, { headers: HTML });
      expect([response.status, response.headers.get('Location')]).toEqual([303, '/login']);
    }
    const home = await send('/', { headers: HTML });
    expect(home.headers.get('Location')).toBe('/queues');
  });

  test.each([
    ['GET', '/queues/api/queues'],
    ['PUT', '/queues/api/queues/movies/pause'],
    ['GET', '/queues/static/js/main.js'],
  ])('a program is told: %s %s', async (method, path) => {
    const response = await send(path, { method, headers: { Accept: 'application/json, */*' } });
    expect([response.status, await json(response)]).toMatchObject([401, { code: 'LOGIN_REQUIRED' }]);
  });

  test('a forged or expired session is no login', async () => {
    const cookie = await signIn();
    const forged = cookie.replace(
      /(reelsync=)[^;]*/,
      `$1${Buffer.from('{"admin":true,"until":9e15}').toString('base64')}`,
    );
    expect((await send('/queues/api/queues', { headers: { Cookie: forged } })).status).toBe(401);
    app.now = new Date(app.now.getTime() + 13 * 3_600_000);
    expect((await send('/queues/api/queues', { headers: { Cookie: cookie } })).status).toBe(401);
  });
});

describe('signing in', () => {
  test('opens the board; the cookie is signed, http-only and same-site', async () => {
    const response = await login('admin', PASSWORD);
    expect([response.status, response.headers.get('Location')]).toEqual([303, '/queues']);
    for (const cookie of response.headers.getSetCookie()) {
      expect(cookie).toMatch(/httponly/i);
      expect(cookie).toMatch(/samesite=strict/i);
      expect(cookie).not.toMatch(/secure/i);
    }
    const headers = { Cookie: cookiesOf(response), ...HTML };
    const board = await send('/queues/', { headers });
    expect([board.status, await board.text()]).toEqual([200, expect.stringContaining('Reelsync')]);
    const queues = await json(await send('/queues/api/queues', { headers: { Cookie: cookiesOf(response) } }));
    expect(queues['queues']).toEqual([
      expect.objectContaining({ name: 'movies' }),
      expect.objectContaining({ name: 'shows' }),
      expect.objectContaining({ name: 'seasons' }),
      expect.objectContaining({ name: 'episodes' }),
      expect.objectContaining({ name: 'scans' }),
      expect.objectContaining({ name: 'schedules' }),
    ]);
    const script = /src="(static\/js\/main[^"]*)"/.exec(
      await (await send('/queues/', { headers })).text(),
    )?.[1];
    expect((await send(`/queues/${script}`, { headers })).status).toBe(200);
    const again = await send('/login', { headers });
    expect(again.headers.get('Location')).toBe('/queues');
  });

  test.each([
    ['admin', 'wrong horse'],
    ['root', PASSWORD],
    ['admin', ''],
    ['admin', 'x'.repeat(300)],
  ])('%s with another password is refused, and neither is logged or shown', async (user, password) => {
    const response = await login(user, password);
    const page = await response.text();
    expect(response.status).toBe(401);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(page).toContain('Wrong user name or password');
    expect(app.logText()).not.toMatch(/horse|xxx/);
    expect(app.log().filter(({ code }) => code === 'LOGIN_FAILED')).toHaveLength(1);
  });

  test('a program gets JSON for what went wrong', async () => {
    const response = await login('admin', 'wrong', { Accept: '*/*' });
    expect(await json(response)).toMatchObject({ code: 'LOGIN_FAILED', advice: expect.any(String) });
  });

  test('after ten failures even the right password has to wait; successes do not count', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) await login('admin', PASSWORD);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await login('admin', 'wrong')).status).toBe(401);
    }
    const response = await login('admin', PASSWORD);
    expect([response.status, await response.text()]).toEqual([
      429,
      expect.stringContaining('Too many attempts'),
    ]);
    const spoofed = await login('admin', PASSWORD, { 'X-Forwarded-For': '203.0.113.9' });
    expect(spoofed.status).toBe(429);
  });

  test('signing out ends the session in the browser', async () => {
    const Cookie = await signIn();
    expect(await (await send('/logout', { headers: { Cookie } })).text()).toContain('action="/logout"');
    const response = await send('/logout', { method: 'POST', headers: { Cookie, Origin: app.url } });
    expect([response.status, response.headers.get('Location')]).toEqual([303, '/login']);
    expect(response.headers.getSetCookie().join()).toMatch(/reelsync=;/);
  });

  test('secure cookies: over plain HTTP the login says why it cannot work; behind a trusted proxy it does', async () => {
    await app.close();
    app = await startTestApp({ API_SECURE_COOKIES: 'true', API_TRUST_PROXY: '1' });
    const plain = await login('admin', PASSWORD);
    expect([plain.status, await plain.text()]).toEqual([400, expect.stringContaining('API_SECURE_COOKIES')]);
    const proxied = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'sync.example.com' };
    const secure = await login('admin', PASSWORD, { ...proxied, Origin: 'https://sync.example.com' });
    expect(secure.status).toBe(303);
    expect(secure.headers.getSetCookie().join()).toMatch(/secure/i);
  });
});

describe('requests of other sites', () => {
  test.each([
    ['another origin', { Origin: 'http://evil.example' }],
    ['an opaque origin', { Origin: 'null' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['no origin', { Origin: '' }],
    ['another site, by fetch metadata', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling domain, by fetch metadata', { 'Sec-Fetch-Site': 'same-site' }],
  ])('%s can neither sign in nor change a queue', async (_name, headers) => {
    const Cookie = await signIn();
    expect((await login('admin', PASSWORD, headers)).status).toBe(403);
    const pause = await send('/queues/api/queues/movies/pause', {
      method: 'PUT',
      headers: { Cookie, ...headers },
    });
    expect([pause.status, await json(pause)]).toMatchObject([403, { code: 'ORIGIN_REFUSED' }]);
  });

  test('our own pages can change a queue', async () => {
    const Cookie = await signIn();
    for (const [action, headers] of [
      ['pause', { Origin: app.url }],
      ['resume', { 'Sec-Fetch-Site': 'same-origin' }],
    ] as const) {
      const response = await send(`/queues/api/queues/movies/${action}`, {
        method: 'PUT',
        headers: { Cookie, ...headers },
      });
      expect(response.status).toBe(200);
    }
  });
});

test('while Redis is away the board says so instead of hanging', async () => {
  const Cookie = await signIn();
  app.boardConnected = false;
  const response = await send('/queues/api/queues', { headers: { Cookie } });
  expect([response.status, await json(response)]).toMatchObject([503, { code: 'QUEUE_UNAVAILABLE' }]);
});

test('every answer carries the security headers and a request id, none says what serves it', async () => {
  for (const path of ['/login', '/health/live', '/nowhere', '/%']) {
    const { headers } = await send(path);
    expect(headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('X-Powered-By')).toBeNull();
  }
});

test('unknown routes and malformed paths are problem+json', async () => {
  const unknown = await send('/nowhere', { headers: HTML });
  expect([unknown.status, await json(unknown)]).toEqual([
    404,
    expect.objectContaining({
      success: false,
      status: 404,
      code: 'ROUTE_UNKNOWN',
      advice: expect.any(String),
    }),
  ]);
});
