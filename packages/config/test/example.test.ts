import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { load, problemsOf } from './support';

const EXAMPLE = readFileSync(join(__dirname, '../../../docs/examples/reelsync.config.yaml'), 'utf8');
const FILES = { 'reelsync.config.yaml': EXAMPLE };

/** All that the example leaves to the environment. */
const ENV = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017',
  REDIS_URL: 'redis://127.0.0.1:6379',
  WEBHOOK_ID: 'id-of-default',
  WEBHOOK_ID_ARCHIVE: 'id-of-archive',
  RADARR_SECRET: 'secret-of-radarr',
  SONARR_SECRET: 'secret-of-sonarr',
};

test('docs/examples/reelsync.config.yaml can be used as it is: servers, schedules, Radarr and Sonarr', () => {
  expect(load(ENV, FILES)).toMatchObject({
    servers: [
      { id: 'default', priority: 1, webhookId: 'id-of-default' },
      { id: 'archive', priority: 2, webhookId: 'id-of-archive', prefix: '/media', concurrency: 5 },
    ],
    schedules: { scan: '15m', serverScans: [{ serverId: 'archive', scan: '6h' }] },
    webhooks: {
      sources: [
        { id: 'radarr-main', kind: 'radarr', secret: 'secret-of-radarr' },
        { id: 'sonarr-main', kind: 'sonarr', secret: 'secret-of-sonarr' },
      ],
    },
    warnings: [],
  });
});

test('it holds no secret itself: each comes from a variable, and one that is missing is named', () => {
  const { MONGODB_URI } = ENV;
  const missing = Object.keys(ENV).filter((name) => name !== 'MONGODB_URI');
  const problems = problemsOf({ MONGODB_URI }, FILES).join('\n');
  for (const name of missing) expect(problems).toContain(`the environment variable ${name} to be set`);
});
