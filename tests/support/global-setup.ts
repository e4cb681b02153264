import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// From the build: Jest does not map module names for its global set-up.
import { startDevServices } from '@reelsync/dev-services';

import './test-services';

/** One Redis and one database for the whole run; every suite keeps to its own key prefix and database name. */
export default async function globalSetup(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelsync-jest-'));
  const lines: string[] = [];
  const services = await startDevServices({
    dataDir,
    cacheDir: join(__dirname, '..', '..', '.reelsync', 'cache'),
    log: (message) => lines.push(message),
  }).catch((error: unknown) => {
    throw new Error(`The services for the tests could not be started:\n${lines.join('\n')}`, {
      cause: error,
    });
  });
  process.env['REELSYNC_TEST_REDIS_URL'] = services.redis.url;
  process.env['REELSYNC_TEST_MONGODB_URI'] = services.database.uri;
  globalThis.reelsyncTestServices = { services, dataDir };
}
