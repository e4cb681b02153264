import { loadConfig, parseServer } from '@reelsync/config';

import { load, MINIMAL, problemsOf } from './support';

const THREE_SERVERS = `
# Next.js side of the installation
NEXTAUTH_URL=https://stream.example.com
USE_NEW_SYNC_ARCHITECTURE=true
MONGODB_URI="mongodb+srv://reader:p%40ss@cluster0.example.net/?retryWrites=true"
MONGODB_MAX_POOL_SIZE=40

FILE_SERVER_URL=https://files.example.com/
NODE_SERVER_URL=https://files.example.com/node/
NODE_SERVER_INTERNAL_URL=http://10.0.0.5:3000
FILE_SERVER_PREFIX_PATH=
WEBHOOK_ID=first-secret

FILE_SERVER_URL_2=https://mirror.example.com
NODE_SERVER_URL_2=https://mirror.example.com/node
FILE_SERVER_PREFIX_PATH_2=media/
WEBHOOK_ID_2=second-secret,older-secret

FILE_SERVER_URL_3='http://192.168.1.20:8080'
NODE_SERVER_URL_3='http://192.168.1.20:3000'
WEBHOOK_ID_3=third-secret

WEBHOOK_ID_4=anyone
SYNC_CONCURRENCY=15
SYNC_HTTP_CONCURRENCY=8
SYNC_LOG_LEVEL=WARN
SYNC_ENGINE=flat
SYNC_FIELD_CLEANUP=dry-run
SYNC_MAX_ORPHAN_FRACTION=0.25
`;

describe('the environment of an existing installation (sync-semantics §2.1, Appendix A)', () => {
  const config = load({}, { '.env': THREE_SERVERS });

  test('a .env with three servers works unchanged', () => {
    expect(config.servers).toMatchObject([
      {
        id: 'default',
        priority: 1,
        baseUrl: 'https://files.example.com',
        nodeUrl: 'https://files.example.com/node',
        internalUrl: 'http://10.0.0.5:3000',
        prefix: '',
        webhookId: 'first-secret',
        enabled: true,
        concurrency: 8,
      },
      { id: 'server2', priority: 2, prefix: '/media', webhookId: 'second-secret' },
      { id: 'server3', priority: 3, baseUrl: 'http://192.168.1.20:8080', webhookId: 'third-secret' },
    ]);
    expect(config.servers[1]).not.toHaveProperty('internalUrl');
    expect(config.servers[0]?.timeouts.listingMs).toBe(30_000);
    expect(config.warnings).toEqual([]);
  });

  test('the other settings keep their names', () => {
    expect(config.database).toEqual({
      uri: 'mongodb+srv://reader:p%40ss@cluster0.example.net/?retryWrites=true',
      catalogueName: 'Media',
      stateName: 'Reelsync',
      settingsName: 'app_config',
      minPoolSize: 10,
      maxPoolSize: 40,
      maxIdleTimeMs: 60_000,
      serverSelectionTimeoutMs: 10_000,
    });
    expect(config.worker.concurrency).toEqual({ movies: 15, shows: 20, seasons: 20, episodes: 10, scans: 4 });
    expect(config.sync).toEqual({
      engine: 'flat',
      fieldCleanup: 'dry-run',
      maxShrinkFraction: 0.25,
      listingMaxAgeMs: 60_000,
      titleWatchLimitMs: 1_800_000,
    });
    expect(config.log.level).toBe('warn');
  });

  test('OR-3: every id knows its server; one without a server is a wildcard; a list counts whole and in parts', () => {
    expect(config.webhookIds).toEqual([
      { id: 'first-secret', serverId: 'default' },
      { id: 'second-secret', serverId: 'server2' },
      { id: 'older-secret', serverId: 'server2' },
      { id: 'second-secret,older-secret', serverId: 'server2' },
      { id: 'third-secret', serverId: 'server3' },
      { id: 'anyone', serverId: null },
    ]);
  });

  test('the environment wins over .env', () => {
    const { redis, servers } = load(
      { REDIS_URL: 'redis://cache:6380', WEBHOOK_ID: 'of-the-process' },
      { '.env': `${THREE_SERVERS}\nREDIS_URL=redis://other` },
    );
    expect(redis.url).toBe('redis://cache:6380');
    expect(servers[0]?.webhookId).toBe('of-the-process');
  });
});

describe('servers from the environment', () => {
  test('the least that works gets every default', () => {
    const config = load(MINIMAL);
    expect(config.redis).toEqual({ url: 'redis://127.0.0.1:6379', prefix: 'reelsync' });
    expect(config.api).toEqual({
      host: '127.0.0.1',
      port: 3300,
      adminUser: 'admin',
      tokens: [],
      secureCookies: false,
      trustProxy: 0,
      bodyLimitBytes: 1024 * 1024,
    });
    expect(config.worker).toEqual({
      concurrency: { movies: 50, shows: 20, seasons: 20, episodes: 10, scans: 4 },
      lockDurationMs: 30_000,
      stalledIntervalMs: 30_000,
      shutdownGraceMs: 8000,
    });
    expect(config.servers[0]?.concurrency).toBe(20);
  });

  test('contract §9.1: reading stops at a gap, and a warning names each server that is left out', () => {
    const { servers, webhookIds, warnings } = load({
      ...MINIMAL,
      FILE_SERVER_URL_3: 'https://three.example.com',
      NODE_SERVER_URL_3: 'https://three.example.com/node',
      FILE_SERVER_PREFIX_PATH_3: '/media',
      WEBHOOK_ID_3: 'third-secret',
      NODE_SERVER_URL_4: 'https://four.example.com/node',
    });
    expect(servers.map(({ id }) => id)).toEqual(['default']);
    expect(webhookIds).toContainEqual({ id: 'third-secret', serverId: null });
    expect(warnings).toEqual([
      'NODE_SERVER_URL_3: ignored, because NODE_SERVER_URL_2 is missing; there is no server3',
      'NODE_SERVER_URL_4: ignored, because NODE_SERVER_URL_2 is missing; there is no server4',
    ]);
  });

  test('contract §9.1: without NODE_SERVER_URL_2 there is no second server, and none after it', () => {
    const { servers, warnings } = load({
      ...MINIMAL,
      FILE_SERVER_URL_2: 'https://two.example.com',
      FILE_SERVER_URL_3: 'https://three.example.com',
      NODE_SERVER_URL_3: 'https://three.example.com/node',
    });
    expect(servers.map(({ id }) => id)).toEqual(['default']);
    expect(warnings).toEqual([
      'FILE_SERVER_URL_2: ignored, because NODE_SERVER_URL_2 is missing; there is no server2',
      'NODE_SERVER_URL_3: ignored, because NODE_SERVER_URL_2 is missing; there is no server3',
    ]);
  });

  // Appendix A falls back on localhost, or on nothing: URLs that no visitor of the website could open (decision 0033).
  test.each([
    ['FILE_SERVER_URL', { FILE_SERVER_URL: '' }],
    ['NODE_SERVER_URL', { NODE_SERVER_URL: '' }],
    ['FILE_SERVER_URL_2', { NODE_SERVER_URL_2: 'https://two.example.com' }],
  ])('a server that is read without a %s is refused, not looked for on localhost', (name, settings) => {
    expect(problemsOf({ ...MINIMAL, ...settings })).toEqual([
      `${name}: missing, expected an http:// or https:// URL without query`,
    ]);
  });

  test('a list that starts at 2 lacks the first server', () => {
    const { MONGODB_URI } = MINIMAL;
    const second = { FILE_SERVER_URL_2: 'https://two', NODE_SERVER_URL_2: 'https://two/node' };
    expect(problemsOf({ MONGODB_URI, ...second })).toEqual([
      'FILE_SERVER_URL: missing, expected an http:// or https:// URL without query',
      'NODE_SERVER_URL: missing, expected an http:// or https:// URL without query',
    ]);
  });

  test('numbers that were never read are ignored with a warning', () => {
    const config = load({ ...MINIMAL, NODE_SERVER_URL_1: 'https://one.example.com' });
    expect(config.servers.map(({ id }) => id)).toEqual(['default']);
    expect(config.warnings).toEqual([
      'NODE_SERVER_URL_1: ignored, expected no suffix for the first server, then _2, _3, …',
    ]);
  });

  test('no server at all is a problem', () => {
    expect(problemsOf({ MONGODB_URI: MINIMAL.MONGODB_URI })).toEqual([
      expect.stringMatching(/^FILE_SERVER_URL, NODE_SERVER_URL: missing/),
    ]);
  });

  test('contract §2: a server without an id starts, with a warning', () => {
    const config = load({ ...MINIMAL, WEBHOOK_ID: '' });
    expect(config.servers[0]).not.toHaveProperty('webhookId');
    expect(config.webhookIds).toEqual([]);
    expect(config.warnings).toEqual(['WEBHOOK_ID: missing, so the server default counts as failed']);
  });

  test('credentials in an address are allowed, with a warning that does not repeat them', () => {
    const config = load({ ...MINIMAL, FILE_SERVER_URL: 'https://user:hunter2@files.example.com/' });
    expect(config.servers[0]?.baseUrl).toBe('https://user:hunter2@files.example.com');
    expect(config.warnings).toEqual([expect.stringMatching(/^FILE_SERVER_URL: its user name/)]);
  });

  test('leftovers of a removed server are ignored with a warning', () => {
    const config = load({
      ...MINIMAL,
      NODE_SERVER_INTERNAL_URL_2: 'http://10.0.0.6',
      FILE_SERVER_PREFIX_PATH_2: '/x',
    });
    expect(config.warnings).toEqual([
      'NODE_SERVER_INTERNAL_URL_2: ignored, because no server has this number',
      'FILE_SERVER_PREFIX_PATH_2: ignored, because no server has this number',
    ]);
  });

  test('an id that two servers share is listed for both, so that neither is forgotten', () => {
    const env = {
      ...MINIMAL,
      FILE_SERVER_URL_2: 'https://two.example.com',
      NODE_SERVER_URL_2: 'https://two.example.com/node',
      WEBHOOK_ID_2: MINIMAL.WEBHOOK_ID,
    };
    expect(load(env).webhookIds).toEqual([
      { id: 'id-of-default', serverId: 'default' },
      { id: 'id-of-default', serverId: 'server2' },
    ]);
  });
});

describe('single settings', () => {
  test.each([
    ['DEBUG', 'debug'],
    ['ERROR', 'error'],
    ['trace', 'trace'],
  ])('SYNC_LOG_LEVEL=%s', (word, level) => {
    expect(load({ ...MINIMAL, SYNC_LOG_LEVEL: word }).log.level).toBe(level);
  });

  test.each([
    ['off', 'off'],
    ['FALSE', 'off'],
    ['dryrun', 'dry-run'],
    ['on', 'enforce'],
  ])('§5.3: SYNC_FIELD_CLEANUP=%s', (word, mode) => {
    expect(load({ ...MINIMAL, SYNC_FIELD_CLEANUP: word }).sync.fieldCleanup).toBe(mode);
  });

  test('§5.3: any other word in the variable means enforce, as it always did, and a warning says so', () => {
    const { sync, warnings } = load({ ...MINIMAL, SYNC_FIELD_CLEANUP: 'hunter2' });
    expect(sync.fieldCleanup).toBe('enforce');
    expect(warnings).toEqual([
      'SYNC_FIELD_CLEANUP: expected enforce, dry-run or off; what it holds counts as enforce',
    ]);
  });

  test('a misspelt mode in the file, which no earlier installation has, is refused', () => {
    const files = { 'reelsync.config.json': JSON.stringify({ sync: { fieldCleanup: 'dry-rnu' } }) };
    expect(problemsOf(MINIMAL, files)).toEqual([
      'reelsync.config.json: sync.fieldCleanup: expected enforce, dry-run or off',
    ]);
    expect(load({ ...MINIMAL, SYNC_FIELD_CLEANUP: 'off' }, files).sync.fieldCleanup).toBe('off');
  });

  test('Appendix A: times of the MongoDB client may be longer than an hour', () => {
    const times = { MONGODB_MAX_IDLE_TIME_MS: '7200000', MONGODB_SERVER_SELECTION_TIMEOUT_MS: '3600001' };
    expect(load({ ...MINIMAL, ...times }).database).toMatchObject({
      maxIdleTimeMs: 7_200_000,
      serverSelectionTimeoutMs: 3_600_001,
    });
  });

  test('a small maximum pool lowers the default minimum; a set minimum is not touched', () => {
    expect(load({ ...MINIMAL, MONGODB_MAX_POOL_SIZE: '5' }).database.minPoolSize).toBe(5);
    expect(problemsOf({ ...MINIMAL, MONGODB_MAX_POOL_SIZE: '5', MONGODB_MIN_POOL_SIZE: '6' })).toEqual([
      'MONGODB_MIN_POOL_SIZE: expected at most the maximum pool size',
    ]);
  });
});

describe('programs that name the servers themselves', () => {
  const readFile = () => undefined;
  const env = { MONGODB_URI: MINIMAL.MONGODB_URI };

  test('need none in the configuration; half of one is still a mistake', () => {
    const config = loadConfig({ env, cwd: '/', readFile, servers: 'optional' });
    expect(config.servers).toEqual([]);
    const half = { ...env, FILE_SERVER_URL: MINIMAL.FILE_SERVER_URL };
    expect(() => loadConfig({ env: half, cwd: '/', readFile, servers: 'optional' })).toThrow(
      'NODE_SERVER_URL',
    );
    expect(problemsOf(env).join()).toContain('FILE_SERVER_URL');
  });

  test('have theirs validated like configured ones', () => {
    const options = { position: 4, concurrency: 7 };
    const input = { id: 'x', baseUrl: 'http://a/', nodeUrl: 'http://a/node' };
    expect(parseServer(input, options)).toMatchObject({
      baseUrl: 'http://a',
      prefix: '',
      priority: 4,
      enabled: true,
      concurrency: 7,
    });
    expect(() => parseServer({ ...input, baseUrl: 'nowhere' }, options)).toThrow('server: baseUrl');
  });
});

describe('tokens of the admin API', () => {
  const LONG = 'a-token-of-24-characters';
  const HASH = `sha256:${'0f'.repeat(32)}`;

  test('several, plain or hashed, each with a name', () => {
    const { api } = load({ ...MINIMAL, API_TOKENS: ` ops:${LONG} , ci:${HASH},` });
    expect(api.tokens).toEqual([`ops:${LONG}`, `ci:${HASH}`]);
  });

  test.each([LONG, 'ops:short', `:${LONG}`, `a b:${LONG}`, `ops:${LONG} x`, `ops:sha256:${'0'.repeat(60)}`])(
    '%s is refused',
    (entry) => {
      expect(problemsOf({ ...MINIMAL, API_TOKENS: entry })).toEqual([expect.stringContaining('API_TOKENS')]);
    },
  );
});
