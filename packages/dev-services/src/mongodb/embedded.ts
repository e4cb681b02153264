import { join } from 'node:path';

import { startEmbeddedDatabase } from '../embedded-database';
import { spawnService } from '../processes/spawn-service';
import type { RunningDatabase } from './running-database';

/** Reached from src (under Jest) and from dist alike: a process needs the built program. */
const PROGRAM = join(__dirname, '..', '..', 'dist', 'embedded-database', 'main.js');

export interface EmbeddedOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}

/** The embedded development database in a process of its own, which ends with this one. */
export async function spawnEmbeddedDatabase({ folder, env, log }: EmbeddedOptions): Promise<RunningDatabase> {
  const service = await spawnService({
    name: 'The embedded development database',
    command: process.execPath,
    args: [PROGRAM, '--data-dir', folder, '--port', '0', '--exit-with-parent'],
    env,
    ready: (line, stream) => (stream === 'stdout' ? uriIn(line) : undefined),
    onLog: (line, stream) => {
      if (stream === 'stderr') log(readable(line));
    },
  });
  return {
    uri: service.value,
    origin: 'embedded',
    stop: async () => {
      await service.stop();
    },
  };
}

/** The embedded development database inside this process. */
export async function runEmbeddedDatabase({ folder, log }: EmbeddedOptions): Promise<RunningDatabase> {
  const database = await startEmbeddedDatabase({
    dataDir: folder,
    log: (_level, message, fields) => log(described(message, fields)),
  });
  return { uri: database.uri, origin: 'embedded', stop: () => database.close() };
}

function uriIn(line: string): string | undefined {
  const uri = objectIn(line)?.['uri'];
  return typeof uri === 'string' ? uri : undefined;
}

/** The process logs JSON lines; a crash does not. */
function readable(line: string): string {
  const { message, ...fields } = objectIn(line) ?? {};
  return typeof message === 'string' ? described(message, fields) : line;
}

function described(message: string, fields: Record<string, unknown> = {}): string {
  const details = Object.entries(fields)
    .filter(([name]) => name !== 'level' && name !== 'component')
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return details.length === 0 ? message : `${message} (${details.join(', ')})`;
}

function objectIn(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // A line of something else that happens to begin with a brace.
    return undefined;
  }
}
