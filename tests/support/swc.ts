import { join } from 'node:path';

import { transform } from '@swc/core';

/** Where the compiler keeps its plugins in machine code. */
export const SWC_CACHE = join(__dirname, '..', '..', 'node_modules', '.cache', 'swc');

/** Compiles the plugin that counts coverage, unless it is cached: five seconds that every worker would spend otherwise. */
export async function prepareCoverage(): Promise<void> {
  await transform('', {
    jsc: { experimental: { cacheRoot: SWC_CACHE, plugins: [['swc-plugin-coverage-instrument', {}]] } },
  });
}
