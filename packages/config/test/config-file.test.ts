import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '@reelsync/config';

import { load, MINIMAL, problemsOf } from './support';

const JSON_FILE = JSON.stringify({
  servers: [
    {
      id: 'attic',
      baseUrl: 'http://attic.lan/',
      nodeUrl: 'http://attic.lan/node',
      prefix: 'media',
      webhookId: '${ATTIC_ID}',
      concurrency: 4,
      timeouts: { listingMs: 90000 },
    },
    {
      id: 'cellar',
      baseUrl: 'http://cellar.lan',
      nodeUrl: 'http://cellar.lan/node',
      priority: 1,
      enabled: false,
    },
  ],
  webhookIds: ['from-anyone'],
  database: { uri: 'mongodb://app:${MONGO_PASSWORD}@db.lan/' },
  api: { port: '${PORT}', secureCookies: true },
  worker: { concurrency: { movies: 5 } },
});

const YAML_FILE = `
# the same in YAML
servers:
  - id: attic
    baseUrl: http://attic.lan/
    nodeUrl: http://attic.lan/node
    prefix: media
    webhookId: \${ATTIC_ID}
    concurrency: 4
    timeouts: { listingMs: 90000 }
  - id: cellar
    baseUrl: http://cellar.lan
    nodeUrl: http://cellar.lan/node
    priority: 1
    enabled: no
    internalUrl:
webhookIds: [from-anyone]
database:
  uri: mongodb://app:\${MONGO_PASSWORD}@db.lan/
api:
  port: \${PORT}
  secureCookies: true
worker:
  concurrency:
    movies: 5
`;

const SECRETS = { ATTIC_ID: 'attic-secret', MONGO_PASSWORD: '${PORT}', PORT: '4000' };

describe.each([
  ['reelsync.config.json', JSON_FILE],
  ['reelsync.config.yaml', YAML_FILE],
  ['reelsync.config.yml', YAML_FILE],
])('%s', (name, text) => {
  test('holds servers and settings; references take what the variable holds, literally', () => {
    const config = load(SECRETS, { [name]: text });
    expect(config.servers).toEqual([
      {
        id: 'attic',
        baseUrl: 'http://attic.lan',
        nodeUrl: 'http://attic.lan/node',
        prefix: '/media',
        webhookId: 'attic-secret',
        priority: 1,
        enabled: true,
        concurrency: 4,
        timeouts: { listingMs: 90_000, metadataMs: 5000, blurhashMs: 3000, availabilityMs: 5000 },
      },
      expect.objectContaining({ id: 'cellar', priority: 1, enabled: false, concurrency: 20 }),
    ]);
    expect(config.webhookIds).toEqual([
      { id: 'attic-secret', serverId: 'attic' },
      { id: 'from-anyone', serverId: null },
    ]);
    expect(config.database.uri).toBe('mongodb://app:${PORT}@db.lan/');
    expect(config.api).toMatchObject({ port: 4000, secureCookies: true });
    expect(config.worker.concurrency).toEqual({ movies: 5, shows: 20, seasons: 20, episodes: 10, scans: 4 });
  });

  test('the environment beats the file for single settings', () => {
    const env = { ...SECRETS, API_PORT: '0', SYNC_CONCURRENCY: '9' };
    const config = load(env, { [name]: text });
    expect(config.api.port).toBe(0);
    expect(config.worker.concurrency.movies).toBe(9);
  });
});

describe('which file and which servers', () => {
  test('servers of the file win over those of the environment, with a warning', () => {
    const config = load({ ...SECRETS, ...MINIMAL }, { 'reelsync.config.json': JSON_FILE });
    expect(config.servers.map(({ id }) => id)).toEqual(['attic', 'cellar']);
    expect(config.webhookIds.map(({ id }) => id)).not.toContain(MINIMAL.WEBHOOK_ID);
    expect(config.warnings).toContain(
      'reelsync.config.json: its servers are used; FILE_SERVER_URL, NODE_SERVER_URL and the like are ignored',
    );
  });

  test('a file without servers leaves them to the environment', () => {
    const config = load(MINIMAL, { 'reelsync.config.yaml': 'redis: { prefix: tv }' });
    expect(config.servers.map(({ id }) => id)).toEqual(['default']);
    expect(config.redis.prefix).toBe('tv');
  });

  test('an empty YAML file sets nothing', () => {
    expect(load(MINIMAL, { 'reelsync.config.yaml': '# nothing yet\n' }).redis.prefix).toBe('reelsync');
  });

  test('REELSYNC_CONFIG names another file; the default one is not read', () => {
    const files = { 'conf/mine.yml': 'redis: { prefix: mine }', 'reelsync.config.json': '{"redis": 1}' };
    expect(load({ ...MINIMAL, REELSYNC_CONFIG: 'conf/mine.yml' }, files).redis.prefix).toBe('mine');
  });

  test('REELSYNC_CONFIG has to name a file that is there and of a known kind', () => {
    expect(problemsOf({ ...MINIMAL, REELSYNC_CONFIG: 'nowhere.json' })).toEqual([
      'REELSYNC_CONFIG: expected the path of an existing file',
    ]);
    expect(problemsOf({ ...MINIMAL, REELSYNC_CONFIG: 'settings.toml' })).toEqual([
      'REELSYNC_CONFIG: expected the path of a .json, .yaml or .yml file',
    ]);
  });

  test('of two default files the first one is read, with a warning', () => {
    const files = { 'reelsync.config.json': '{}', 'reelsync.config.yml': 'redis: { prefix: tv }' };
    const config = load(MINIMAL, files);
    expect(config.redis.prefix).toBe('reelsync');
    expect(config.warnings).toEqual(['reelsync.config.yml: ignored, because reelsync.config.json is there']);
  });
});

describe('what is wrong in a file', () => {
  test.each([
    ['reelsync.config.json', '{\n  "redis": hunter2\n}', /^reelsync\.config\.json: expected valid JSON/],
    ['reelsync.config.json', '{\n  "redis": {},\n}', /expected valid JSON \(line 3, column 1\)/],
    [
      'reelsync.config.yaml',
      'redis:\n  prefix: "hunter2\n',
      /expected valid YAML \(line \d+, column \d+: [A-Z_]+\)/,
    ],
    ['reelsync.config.yaml', 'redis: *hunter2', /^reelsync\.config\.yaml: expected/],
    ['reelsync.config.yaml', '[hunter2]', /^reelsync\.config\.yaml: expected an object with settings$/],
  ])('%s %j is reported by position, without quoting it', (name, text, expected) => {
    const problems = problemsOf({}, { [name]: text });
    expect(problems).toEqual([expect.stringMatching(expected)]);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  test('settings of the environment are judged even when the file cannot be', () => {
    expect(problemsOf({ API_PORT: 'x' }, { 'reelsync.config.json': '{' })).toEqual([
      expect.stringMatching(/^reelsync\.config\.json: expected valid JSON/),
      'API_PORT: expected a port, an integer from 0 to 65535',
    ]);
  });

  test('unknown settings, duplicate ids, wrong kinds and missing references, all at once', () => {
    const file = `
servers:
  - { id: a, baseUrl: ftp://a.lan, nodeUrl: http://a.lan, prioritty: 1 }
  - { id: b, baseUrl: http://b.lan, nodeUrl: "http://b.lan?x=1", webhookId: "\${NOT_SET}" }
  - { id: c, baseUrl: http://c.lan, nodeUrl: http://c.lan }
  - { id: c, baseUrl: http://d.lan, nodeUrl: http://d.lan, timeouts: { listingMs: soon } }
  - { id: c, baseUrl: http://e.lan, nodeUrl: http://e.lan }
  - just text
redis: 6379
webhookIds: [1]
worker: { concurrency: { movies: 0 } }
log: { leel: info }
sevrers: []
`;
    expect(problemsOf({}, { 'reelsync.config.yaml': file })).toEqual([
      'reelsync.config.yaml: servers[1].webhookId: expected the environment variable NOT_SET to be set',
      'reelsync.config.yaml: webhookIds[0]: expected a list of texts in printable ASCII',
      'MONGODB_URI (or reelsync.config.yaml: database.uri): missing, expected a mongodb:// or mongodb+srv:// URI with percent-encoded credentials',
      'reelsync.config.yaml: redis: expected an object with settings',
      'reelsync.config.yaml: worker.concurrency.movies: expected an integer from 1 to 1000',
      'reelsync.config.yaml: log.leel: unknown setting, expected one of level',
      'reelsync.config.yaml: sevrers: unknown setting, expected one of servers, serverDefaults, webhookIds, database, redis, worker, api, events, sync, schedules, webhooks, log',
      'reelsync.config.yaml: servers[0].baseUrl: expected an http:// or https:// URL without query',
      'reelsync.config.yaml: servers[0].prioritty: unknown setting, expected one of id, baseUrl, nodeUrl, internalUrl, prefix, priority, enabled, webhookId, concurrency, scan, timeouts',
      'reelsync.config.yaml: servers[1].nodeUrl: expected an http:// or https:// URL without query',
      'reelsync.config.yaml: servers[3].timeouts.listingMs: expected milliseconds, an integer from 1 to 600000',
      'reelsync.config.yaml: servers[4].id: expected another id than reelsync.config.yaml: servers[2].id',
      'reelsync.config.yaml: servers[5]: expected an object with settings',
    ]);
  });
});

test('real files: .env and the file are read from the working directory, an unreadable one is a problem', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'reelsync-config-'));
  try {
    const env = Object.entries(MINIMAL).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(cwd, '.env'), env.join('\n'));
    await writeFile(join(cwd, 'reelsync.config.yaml'), '\uFEFFredis: { prefix: real }');
    expect(loadConfig({ env: {}, cwd })).toMatchObject({
      redis: { prefix: 'real' },
      servers: [{ id: 'default' }],
    });
    await mkdir(join(cwd, 'reelsync.config.json'));
    expect(() => loadConfig({ env: {}, cwd })).toThrow(
      'reelsync.config.json: expected a readable file (EISDIR)',
    );
  } finally {
    await rm(cwd, { recursive: true });
  }
});
