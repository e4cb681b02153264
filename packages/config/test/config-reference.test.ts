import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { configReference } from '@reelsync/config';

const PAGE = join(__dirname, '../../../docs/configuration.md');

test('docs/configuration.md says what the schemas say (npm run docs -w @reelsync/config)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(configReference());
});

test.each([
  ['MONGODB_URI', 'database.uri', 'required'],
  ['REDIS_PREFIX', 'redis.prefix', '"reelsync"'],
  ['SYNC_CONCURRENCY', 'worker.concurrency.movies', '50'],
  ['WEBHOOK_ID[_n]', 'servers[].webhookId', 'Secret.'],
])('%s is listed with its place and default', (env, path, text) => {
  const line = configReference()
    .split('\n')
    .find((candidate) => candidate.startsWith(`| \`${env}\``));
  expect(line).toContain(`\`${path}\``);
  expect(line).toContain(text);
});
