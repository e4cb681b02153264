import { rm } from 'node:fs/promises';

import './test-services';

export default async function globalTeardown(): Promise<void> {
  const running = globalThis.reelsyncTestServices;
  if (running === undefined) return;
  await running.services.stop();
  await rm(running.dataDir, { recursive: true, force: true });
}
