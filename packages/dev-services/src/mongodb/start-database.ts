import { join } from 'node:path';

import { findExecutable } from '../processes/find-executable';
import { runEmbeddedDatabase, spawnEmbeddedDatabase } from './embedded';
import { startMongod } from './mongod';
import type { RunningDatabase } from './running-database';

export interface StartDatabaseOptions {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
  readonly embeddedInProcess: boolean;
}

/** The database of MONGODB_URI, else a private mongod, else the embedded development database. */
export async function startDatabase(options: StartDatabaseOptions): Promise<RunningDatabase> {
  const { dataDir, env, log } = options;
  const given = env['MONGODB_URI']?.trim();
  if (given) return { uri: given, origin: 'MONGODB_URI', stop: () => Promise.resolve() };
  const command = findExecutable('mongod', env);
  if (command !== undefined) {
    const folder = join(dataDir, 'mongod');
    log(`Starting ${command}, data in ${folder}`);
    return startMongod({ command, folder, env });
  }
  const embedded = { folder: join(dataDir, 'database'), env, log };
  return options.embeddedInProcess ? runEmbeddedDatabase(embedded) : spawnEmbeddedDatabase(embedded);
}
