import { spawn } from 'node:child_process';
import { spawnService, type DevServices, type SpawnedService } from '@reelsync/dev-services';
import { databaseNames } from './installation-databases';
import { readableLogLine } from './log-line';
import { PATHS } from './paths';
import type { SampleServerProcess } from './sample-servers';

export const ADMIN_USER = 'admin';

export interface InstallationIdentity {
  /** Names of the databases and of the Redis prefix: never those of a real installation. */
  readonly namespace: string;
  readonly adminPassword: string;
}

/** The settings of an ordinary installation, by the names that existing ones use. */
export function installationEnvironment(
  services: DevServices,
  servers: readonly [SampleServerProcess, SampleServerProcess],
  { namespace, adminPassword }: InstallationIdentity,
): NodeJS.ProcessEnv {
  const [first, second] = servers;
  const { catalogueName, stateName, settingsName } = databaseNames(namespace);
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    MONGODB_URI: services.database.uri,
    MONGODB_CATALOGUE_NAME: catalogueName,
    MONGODB_STATE_NAME: stateName,
    MONGODB_SETTINGS_NAME: settingsName,
    REDIS_URL: services.redis.url,
    REDIS_PREFIX: redisPrefix(namespace),
    FILE_SERVER_URL: first.baseUrl,
    NODE_SERVER_URL: first.nodeUrl,
    FILE_SERVER_PREFIX_PATH: first.prefix,
    WEBHOOK_ID: first.webhookId,
    FILE_SERVER_URL_2: second.baseUrl,
    NODE_SERVER_URL_2: second.nodeUrl,
    FILE_SERVER_PREFIX_PATH_2: second.prefix,
    WEBHOOK_ID_2: second.webhookId,
    API_PORT: process.env['API_PORT'] ?? '0',
    API_ADMIN_USER: ADMIN_USER,
    API_ADMIN_PASSWORD: adminPassword,
    // A worker that was killed is noticed in seconds, not in a minute.
    WORKER_LOCK_DURATION_MS: '5000',
    WORKER_STALLED_INTERVAL_MS: '2000',
    SYNC_LOG_LEVEL: process.env['SYNC_LOG_LEVEL'] ?? 'WARN',
  };
}

export function redisPrefix(namespace: string): string {
  return namespace.toLowerCase();
}

export function startApi(
  env: NodeJS.ProcessEnv,
  onLog: (line: string) => void,
): Promise<SpawnedService<string>> {
  return startApp('api', PATHS.api, env, (line) => readMember(line, 'url'), onLog);
}

export function startWorker(
  env: NodeJS.ProcessEnv,
  onLog: (line: string) => void,
): Promise<SpawnedService<string>> {
  return startApp('worker', PATHS.worker, env, (line) => readMember(line, 'ready'), onLog);
}

function startApp(
  name: string,
  entry: string,
  env: NodeJS.ProcessEnv,
  ready: (line: string) => string | undefined,
  onLog: (line: string) => void,
): Promise<SpawnedService<string>> {
  return spawnService<string>({
    name,
    command: process.execPath,
    args: [entry],
    env,
    cwd: PATHS.home,
    endsWithParent: true,
    ready: (line, stream) => (stream === 'stdout' ? ready(line) : undefined),
    onLog: (line, stream) => {
      if (stream === 'stderr') onLog(`${name}: ${readableLogLine(line)}`);
    },
  });
}

function readMember(line: string, member: string): string | undefined {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !(member in value)) return undefined;
  return String((value as Readonly<Record<string, unknown>>)[member]);
}

/**
 * Runs the `reelsync` command as a user would; its progress goes to our stderr. Returns what it printed as JSON. In a
 * session of its own, so that Ctrl-C reaches only the demo, which ends it first.
 */
export async function runCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<unknown> {
  const child = spawn(process.execPath, [PATHS.cli, ...args, '--json'], {
    env,
    cwd: PATHS.home,
    detached: true,
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (output.trim() === '')
    throw new Error(`reelsync ${args.join(' ')} ended with code ${code ?? 'none'} and no result`);
  return JSON.parse(output);
}
