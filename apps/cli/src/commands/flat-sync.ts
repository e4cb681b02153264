import { randomBytes } from 'node:crypto';
import { FileServers } from '@reelsync/file-server';
import { EXIT_CODES } from '@reelsync/runtime';
import { FlatSync } from '@reelsync/sync';
import { createFlatProgress } from '../output/flat-progress';
import { flatProblems, flatTable, reportFlat } from '../output/flat-report';
import type { DatabaseSession } from '../session';
import { requireServers } from './scan';

export interface FlatSyncCommandOptions {
  readonly force: boolean;
  readonly acceptShrunken: boolean;
  readonly json: boolean;
}

/** As long as the ids of runs on the queue. */
const RUN_ID_BYTES = 12;

/** `reelsync sync --engine flat`: syncs in this process, also when Redis is down. The exit code is 1 when not all of it worked. */
export async function flatSync(
  { config, database, signal }: DatabaseSession,
  { force, acceptShrunken, json }: FlatSyncCommandOptions,
): Promise<void> {
  requireServers(config, []);
  const fileServers = new FileServers({ servers: config.servers });
  const progress = createFlatProgress(process.stderr);
  try {
    const flat = new FlatSync({
      database,
      fileServers,
      servers: config.servers,
      fieldCleanup: config.sync.fieldCleanup,
      maxShrinkFraction: config.sync.maxShrinkFraction,
      now: () => new Date(),
      newId: () => randomBytes(RUN_ID_BYTES).toString('hex'),
    });
    const result = await flat.syncAll({
      forceSync: force,
      acceptShrunken,
      signal,
      onProgress: (state) => progress.update(state),
    });
    progress.stop();
    const report = reportFlat(result);
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${flatTable(report)}\n`);
    for (const problem of flatProblems(report)) process.stderr.write(`${problem}\n`);
    if (report.failed > 0 || result.errors.length > 0) process.exitCode = EXIT_CODES.failed;
  } finally {
    progress.stop();
    await fileServers.close();
  }
}
