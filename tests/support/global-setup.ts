import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// From the build: Jest does not map module names for its global set-up.
import { startDevServices } from '@reelsync/dev-services';

import './test-services';

/** One Redis and one database for the whole run; every suite keeps to its own key prefix and database name. */
export default async function globalSetup(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelsync-jest-'));
  const services = await startDevServices({
    dataDir,
    cacheDir: join(__dirname, '..', '..', '.reelsync', 'cache'),
    // Never silent: the first start can take a minute, and as root it installs a package.
    log: (message) => process.stderr.write(`${message}\n`),
  });
  process.env['REELSYNC_TEST_REDIS_URL'] = services.redis.url;
  process.env['REELSYNC_TEST_MONGODB_URI'] = services.database.uri;
  globalThis.reelsyncTestServices = { services, dataDir };
}
