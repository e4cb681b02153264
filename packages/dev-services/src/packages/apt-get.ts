import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command';
import type { DistributionPackage } from './distribution-package';

export interface AptOptions {
  readonly wanted: DistributionPackage;
  /** An empty folder for everything that apt writes on the way to a package: configuration, lists, archives. */
  readonly work: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}

/** Runs apt-get in the work folder and returns what it wrote to standard output. */
export type AptGet = (args: readonly string[], timeoutMs: number) => Promise<string>;

export const QUERY_TIMEOUT_MS = 60_000;
export const NETWORK_TIMEOUT_MS = 300_000;
/** Somebody else may be installing at this moment; Redis can be had without waiting for them. */
const DPKG_LOCK_TIMEOUT_S = 5;

/**
 * Uses the system's package lists, and where that fails, once more lists that are fetched into `work`. The system's own
 * lists stay as they are, and so does its cache of archives.
 */
export async function withPackageLists<T>(options: AptOptions, use: (apt: AptGet) => Promise<T>): Promise<T> {
  const { work, log, wanted } = options;
  log(`Looking for ${wanted.title} in the package lists of this system`);
  try {
    return await use(await aptGet(options, '/var/lib/apt/lists'));
  } catch {
    // The usual reasons are a fresh container without lists and lists that name versions which are gone by now.
    log('The package lists are missing or outdated; fetching them (this can take a minute)');
    const apt = await aptGet(options, join(work, 'lists'));
    // One unreachable third-party source fails the whole update; what counts is whether the package is found afterwards.
    const updated = await apt(['update'], NETWORK_TIMEOUT_MS).then(
      () => undefined,
      (error: unknown) => error,
    );
    try {
      return await use(apt);
    } catch (error) {
      throw updated ?? error;
    }
  }
}

/** Where apt puts the archives that it installs from. */
export function archivesIn(work: string): string {
  return join(work, 'cache', 'archives');
}

async function aptGet({ env, work }: AptOptions, lists: string): Promise<AptGet> {
  const config = await writeAptConfig(work, lists);
  return (args, timeoutMs) =>
    runCommand('apt-get', [`--config-file=${config}`, '--quiet', ...args], {
      env: {
        ...env,
        DEBIAN_FRONTEND: 'noninteractive',
        APT_LISTCHANGES_FRONTEND: 'none',
        // On Ubuntu it would restart services which an upgrade before this one left outdated.
        NEEDRESTART_SUSPEND: '1',
      },
      cwd: work,
      timeoutMs,
    });
}

async function writeAptConfig(work: string, lists: string): Promise<string> {
  const file = join(work, 'apt.conf');
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(archivesIn(work), 'partial'), { recursive: true });
  const lines = [
    `Dir::State::lists "${lists}";`,
    `Dir::Cache "${join(work, 'cache')}";`,
    // The user _apt, to whom root's apt changes, has no access to a project folder.
    'APT::Sandbox::User "root";',
    // Hooks of the system (clean-up of its caches, desktop indexes) are none of our business and may need root.
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    // By default an update without any network counts as a success; here its error is what the user has to read.
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    `DPkg::Lock::Timeout "${DPKG_LOCK_TIMEOUT_S}";`,
    'DPkg::Use-Pty "false";',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}
