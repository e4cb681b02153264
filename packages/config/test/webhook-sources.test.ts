import { describeConfig } from '@reelsync/config';

import { load, MINIMAL, problemsOf } from './support';

const NAME = 'reelsync.config.json';
const RADARR = {
  id: 'movies-4k',
  kind: 'radarr',
  secret: 'radarr-secret',
  roots: ['/media/movies', String.raw`D:\Movies`, String.raw`\\nas\movies`],
};
const SECOND = { FILE_SERVER_URL_2: 'http://b.lan', NODE_SERVER_URL_2: 'http://b.lan', WEBHOOK_ID_2: 'b' };

const file = (webhooks: object) => ({ [NAME]: JSON.stringify({ webhooks }) });

test('a source without a server is served by all of them that are enabled', () => {
  const { webhooks, warnings } = load({ ...MINIMAL, ...SECOND }, file({ sources: [RADARR] }));
  expect(webhooks.sources).toEqual([{ ...RADARR, serverIds: ['default', 'server2'] }]);
  expect(warnings).toEqual([]);
});

test('a source with a server belongs to it alone', () => {
  const sources = [{ ...RADARR, server: 'server2', username: 'radarr' }];
  expect(load({ ...MINIMAL, ...SECOND }, file({ sources })).webhooks.sources).toEqual([
    { ...RADARR, username: 'radarr', serverIds: ['server2'] },
  ]);
});

test('nothing is needed: no sources, no secret, a window of five minutes', () => {
  expect(load(MINIMAL).webhooks).toEqual({ sources: [], replayWindowSeconds: 300 });
});

test('the secrets of the generic webhook come from the environment or the file', () => {
  const env = { ...MINIMAL, WEBHOOK_SECRET: 'from-the-environment', WEBHOOK_REPLAY_WINDOW_S: '60' };
  expect(load(env, file({ previousSecret: 'from-the-file-of-old' })).webhooks).toMatchObject({
    secret: 'from-the-environment',
    previousSecret: 'from-the-file-of-old',
    replayWindowSeconds: 60,
  });
});

test.each([
  ['no object', 'radarr', 'webhooks.sources[0]: expected an object with settings'],
  ['an unknown kind', { ...RADARR, kind: 'lidarr' }, 'webhooks.sources[0].kind: expected radarr or sonarr'],
  ['an id that no address can hold', { ...RADARR, id: 'a/b' }, 'webhooks.sources[0].id: expected letters'],
  ['a short secret', { ...RADARR, secret: 'short' }, 'webhooks.sources[0].secret: expected at least 8'],
  ['no root', { ...RADARR, roots: [] }, 'webhooks.sources[0].roots: expected a list of absolute paths'],
  [
    'a relative root',
    { ...RADARR, roots: ['movies'] },
    'webhooks.sources[0].roots[0]: expected a list of absolute',
  ],
  [
    'a server that is not there',
    { ...RADARR, server: 'x' },
    'webhooks.sources[0].server: expected the id of',
  ],
  ['a misspelt member', { ...RADARR, root: '/a' }, 'webhooks.sources[0].root: unknown setting'],
])('%s is a problem', (_name, source, problem) => {
  const problems = problemsOf(MINIMAL, file({ sources: [source] }));
  expect(problems).toEqual([expect.stringContaining(`${NAME}: ${problem}`)]);
  expect(problems.join()).not.toContain('radarr-secret');
});

test('two sources with one id are a problem', () => {
  expect(problemsOf(MINIMAL, file({ sources: [RADARR, { ...RADARR, kind: 'sonarr' }] }))).toEqual([
    `${NAME}: webhooks.sources[1].id: expected another id than the sources before it`,
  ]);
});

test('a source of a disabled server is told of', () => {
  const servers = [
    { id: 'on', baseUrl: 'http://a.lan', nodeUrl: 'http://a.lan', webhookId: 'a' },
    { id: 'off', baseUrl: 'http://b.lan', nodeUrl: 'http://b.lan', webhookId: 'b', enabled: false },
  ];
  const content = { servers, webhooks: { sources: [{ ...RADARR, server: 'off' }] } };
  const { webhooks, warnings } = load(
    { MONGODB_URI: MINIMAL.MONGODB_URI },
    { [NAME]: JSON.stringify(content) },
  );
  expect(webhooks.sources).toMatchObject([{ serverIds: [] }]);
  expect(warnings).toEqual([expect.stringContaining('webhooks.sources[0].server: it is disabled')]);
});

test('no secret is shown', () => {
  const config = load(
    {
      ...MINIMAL,
      WEBHOOK_SECRET: 'hunter2-hunter2-hunter2',
      WEBHOOK_PREVIOUS_SECRET: 'hunter3-hunter3-hunter3',
    },
    file({ sources: [RADARR] }),
  );
  const shown = JSON.stringify(describeConfig(config));
  expect(shown).not.toMatch(/hunter|radarr-secret/);
  expect(shown).toContain('/media/movies');
});
