import { join } from 'node:path';

import { findExecutable, unpackPackage, type PackagedProgram } from '@reelsync/dev-services';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chromium-headless-shell'];

const PACKAGE = {
  name: 'chromium-headless-shell',
  title: 'Chromium',
  program: 'usr/lib/chromium/chromium-headless-shell',
};

/** A real browser without a window: of the PATH, else of the distribution's package, unpacked once into the cache. */
export async function startBrowser(): Promise<Browser> {
  const { command, env } = await findChromium();
  const variables = Object.entries({ ...process.env, ...env }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return chromium.launch({
    executablePath: command,
    env: Object.fromEntries(variables),
    // Root, which tests in containers are, has no sandbox; the pages are our own.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

async function findChromium(): Promise<PackagedProgram> {
  const onPath = NAMES.map((name) => findExecutable(name, process.env)).find((path) => path !== undefined);
  if (onPath !== undefined) return { command: onPath, env: {} };
  const cacheDir = join(__dirname, '..', '..', '.reelsync', 'cache');
  try {
    return await unpackPackage(PACKAGE, {
      cacheDir,
      folder: 'chromium',
      env: process.env,
      log: () => undefined,
    });
  } catch (error) {
    throw new Error(
      'This test needs Chromium: there is none on the PATH, and the package chromium-headless-shell of this system could not be fetched; install Chromium.',
      { cause: error },
    );
  }
}
