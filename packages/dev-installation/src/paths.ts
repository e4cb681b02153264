import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

/** Built entry points and folders of the checkout. */
export const PATHS = {
  /** Where the processes run: a `.env` or a settings file in the root of the checkout is not meant for them. */
  home: join(ROOT, 'apps', 'demo'),
  api: join(ROOT, 'apps', 'api', 'dist', 'main.js'),
  worker: join(ROOT, 'apps', 'worker', 'dist', 'main.js'),
  cli: join(ROOT, 'apps', 'cli', 'dist', 'reelsync.js'),
  sampleServer: join(ROOT, 'packages', 'sample-library', 'dist', 'main.js'),
  /** Git ignores everything in `.reelsync`. */
  data: join(ROOT, '.reelsync', 'demo'),
  cache: join(ROOT, '.reelsync', 'cache'),
} as const;
