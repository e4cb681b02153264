import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command';

/** A program that a package of the distribution brings. */
export interface DistributionPackage {
  /** Of the package. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Of the program, below the root of the file system. */
  readonly program: string;
  /** Packages that belong to it and are needed too, even where they are installed. */
  readonly parts?: readonly string[];
}

export interface AptDownloadOptions {
  readonly wanted: DistributionPackage;
  /** An empty folder for everything that apt writes. */
  readonly work: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}

export interface DownloadedPackages {
  readonly version: string;
  readonly files: readonly string[];
}

const QUERY_TIMEOUT_MS = 60_000;
const NETWORK_TIMEOUT_MS = 300_000;

/**
 * Downloads a package and those of its dependencies that this system lacks. Needs no root and changes nothing
 * outside `work`. The system's package lists come first; missing or outdated ones are fetched into `work`.
 */
export async function downloadPackages(options: AptDownloadOptions): Promise<DownloadedPackages> {
  const { work, log, wanted } = options;
  log(`Looking for ${wanted.title} in the package lists of this system`);
  try {
    return await download(options, await writeAptConfig(work, '/var/lib/apt/lists'));
  } catch {
    // The usual reasons are a fresh container without lists and lists that name versions which are gone by now.
    log('The package lists are missing or outdated; fetching them (this can take a minute)');
    const config = await writeAptConfig(work, join(work, 'lists'));
    // One unreachable third-party source fails the whole update; what counts is whether the package is found afterwards.
    const updated = await apt(options, config, ['update'], NETWORK_TIMEOUT_MS).then(
      () => undefined,
      (error: unknown) => error,
    );
    try {
      return await download(options, config);
    } catch (error) {
      throw updated ?? error;
    }
  }
}

async function download(options: AptDownloadOptions, config: string): Promise<DownloadedPackages> {
  const { name: wanted, title, parts = [] } = options.wanted;
  // Also where it is installed already but not on the PATH that counts.
  const install = ['--no-install-recommends', '--reinstall', 'install', wanted, ...parts];
  const simulate = ['--simulate', ...install];
  const packages = toInstall(await apt(options, config, simulate, QUERY_TIMEOUT_MS));
  const version = packages.find(({ name }) => name === wanted)?.version;
  if (version === undefined) throw new Error(`apt-get would not install ${wanted}`);
  options.log(`Downloading ${title} ${version} (${packages.length} packages of this system's distribution)`);
  await apt(options, config, ['download', ...packages.map(({ name }) => name)], NETWORK_TIMEOUT_MS);
  const files = (await readdir(options.work)).filter((file) => file.endsWith('.deb'));
  return { version, files: files.map((file) => join(options.work, file)) };
}

/** Reads lines such as `Inst liblzf1 (3.6-3 Debian:12.11/oldstable [amd64])`, of an upgrade `Inst x [1.0] (1.1 …)`. */
export function toInstall(simulation: string): { name: string; version: string }[] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)].flatMap(([, name, version]) =>
    name === undefined || version === undefined ? [] : [{ name, version }],
  );
}

function apt(
  options: AptDownloadOptions,
  config: string,
  args: string[],
  timeoutMs: number,
): Promise<string> {
  const { env, work } = options;
  return runCommand('apt-get', [`--config-file=${config}`, '--quiet', ...args], {
    env,
    cwd: work,
    timeoutMs,
  });
}

async function writeAptConfig(work: string, lists: string): Promise<string> {
  const file = join(work, 'apt.conf');
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
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
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}
