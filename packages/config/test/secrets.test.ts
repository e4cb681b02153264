import fc from 'fast-check';

import { describeConfig } from '@reelsync/config';

import { load, MINIMAL, problemsOf } from './support';

/** Long enough not to turn up by chance, with characters that break URIs, YAML, JSON and lists. */
const secretText = fc
  .array(fc.constantFrom(...'abcXYZ019:/?#@%&=+!*\\\'"-_.~,{}[] '.split('')), { minLength: 2, maxLength: 12 })
  .map((characters) => `Zq7${characters.join('')}9Kx`);

const marked = /Zq7|9Kx/;

describe('secrets stay out of everything that is shown', () => {
  test('no problem and no warning repeats a configured value, however broken', () => {
    fc.assert(
      fc.property(secretText, fc.boolean(), (secret, encode) => {
        const part = encode ? encodeURIComponent(secret) : secret;
        const env = {
          MONGODB_URI: `mongodb://app:${part}@db.lan/`,
          REDIS_URL: `redis://:${part}@cache.lan:6379`,
          FILE_SERVER_URL: `https://u:${part}@files.lan`,
          NODE_SERVER_URL: part,
          WEBHOOK_ID: `${part}\n`,
          WEBHOOK_ID_7: `${part}\u0001`,
          API_ADMIN_PASSWORD: part,
          API_SESSION_SECRET: part.slice(0, 10),
          API_TOKENS: `ops ${part}`,
          API_PORT: part,
          SYNC_LOG_LEVEL: part,
        };
        const yaml = `servers:\n  - id: ${part}\n    webhookId: "${part}"\nredis:\n  url: ${part}\n`;
        const json = `{"redis": {"url": "${part}"}, "servers": [{"webhookId": ${part}}]}`;
        const shown = [
          ...problemsOf(env),
          ...problemsOf(MINIMAL, { 'reelsync.config.json': json }),
          ...problemsOf(MINIMAL, { 'reelsync.config.yaml': yaml }),
        ];
        expect(shown.length).toBeGreaterThan(0);
        // A quote, colon or brace can turn a value into a key of the file; keys are named by design.
        const values = shown.filter((line) => !line.includes('unknown setting'));
        expect(values.join('\n')).not.toMatch(marked);
      }),
      { numRuns: 200 },
    );
  });

  test('a description of what is in effect has no secret in it', () => {
    fc.assert(
      fc.property(secretText, (secret) => {
        const part = encodeURIComponent(secret);
        const config = load({
          ...MINIMAL,
          MONGODB_URI: `mongodb://${part}:${part}@db1.lan:1,db2.lan/admin?tlsCertificateKeyFilePassword=${part}`,
          REDIS_URL: `rediss://${part}:${part}@cache.lan:6379/2?password=${part}`,
          FILE_SERVER_URL: `https://${part}:${part}@files.lan/`,
          NODE_SERVER_URL: `https://${part}@files.lan/node`,
          NODE_SERVER_INTERNAL_URL: `http://:${part}@10.0.0.5`,
          WEBHOOK_ID: part,
          WEBHOOK_ID_9: `${part},${part}2`,
          API_ADMIN_PASSWORD: `${part}-padded`,
          API_TOKENS: `ops:${encodeURIComponent(part)}${'x'.repeat(24)},ci:sha256:${'0'.repeat(64)}`,
          API_SESSION_SECRET: `${part}-padded-to-sixteen`,
        });
        const description = describeConfig(config);
        expect(JSON.stringify(description)).not.toMatch(marked);
        expect(config.warnings.join('\n')).not.toMatch(marked);
        expect(description).toMatchObject({
          database: { uri: 'mongodb://***@db1.lan:1,db2.lan/admin?***' },
          redis: { url: 'rediss://***@cache.lan:6379/2?***' },
          api: { adminPassword: '***', sessionSecret: '***' },
          servers: [
            {
              id: 'default',
              baseUrl: 'https://***@files.lan',
              nodeUrl: 'https://***@files.lan/node',
              internalUrl: 'http://***@10.0.0.5',
              webhookId: '***',
            },
          ],
          webhookIds: [
            { id: '***', serverId: 'default' },
            { id: '***', serverId: null },
            { id: '***', serverId: null },
            { id: '***', serverId: null },
          ],
        });
      }),
      { numRuns: 50 },
    );
  });

  test('what is not secret is shown as it is', () => {
    const config = load(MINIMAL);
    const { webhookIds, servers, ...rest } = describeConfig(config);
    expect(rest).toEqual({ ...config, webhookIds: undefined, servers: undefined });
    expect(servers[0]?.baseUrl).toBe('https://files.example.com');
    expect(webhookIds).toHaveLength(1);
  });
});

test('the configuration and its description cannot be changed at any depth', () => {
  for (const config of [load(MINIMAL), describeConfig(load(MINIMAL))]) {
    const unfrozen = (value: unknown): boolean =>
      typeof value === 'object' &&
      value !== null &&
      (!Object.isFrozen(value) || Object.values(value).some(unfrozen));
    expect(unfrozen(config)).toBe(false);
  }
});
