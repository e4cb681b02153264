import { mkdir, realpath } from 'node:fs/promises';

import { claimDataFolder } from '../processes/data-folder-claim';
import { asPortTaken, portAnswers, startOnFreePort } from '../processes/free-port';
import { spawnService } from '../processes/spawn-service';
import type { RunningDatabase } from './running-database';

const NAME = 'The private mongod';

export interface MongodOptions {
  readonly command: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A mongod of our own on a free port. It ends with this process. */
export async function startMongod({ command, folder, env }: MongodOptions): Promise<RunningDatabase> {
  await mkdir(folder, { recursive: true });
  const claim = await claimDataFolder(folder, NAME);
  try {
    const { port, service } = await startOnFreePort(async (port) => ({
      port,
      service: await runMongod(command, await realpath(folder), env, port),
    }));
    await claim.recordService(service.pid);
    let stopped: Promise<void> | undefined;
    return {
      uri: `mongodb://127.0.0.1:${port}`,
      origin: 'mongod',
      stop: () => (stopped ??= service.stop().then(() => claim.release())),
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function runMongod(command: string, folder: string, env: NodeJS.ProcessEnv, port: number) {
  try {
    return await spawnService({
      name: NAME,
      command,
      args: ['--dbpath', folder, '--bind_ip', '127.0.0.1', '--port', String(port), '--nounixsocket'],
      env,
      cwd: folder,
      endsWithParent: true,
      stopTimeoutMs: 30_000,
      probe: async (signal) => (await portAnswers(port, signal)) || undefined,
    });
  } catch (error) {
    throw asPortTaken(error, port);
  }
}
