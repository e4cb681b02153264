import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { runCommand } from '../processes/run-command';
import {
  archivesIn,
  NETWORK_TIMEOUT_MS,
  QUERY_TIMEOUT_MS,
  withPackageLists,
  type AptGet,
  type AptOptions,
} from './apt-get';
import { toInstall, toRemove, type PlannedPackage } from './apt-simulation';
import type { DistributionPackage, PackageOptions } from './distribution-package';

/** For dpkg, which is not ended lightly: the network is done with by then. */
const INSTALL_TIMEOUT_MS = 120_000;
const CONTENTS_TIMEOUT_MS = 10_000;

/** What makes a package start something now or at the next boot: units of systemd, init scripts. */
const SERVICE_FILE = /(?:\/systemd\/(?:system|user)\/|\/etc\/init(?:\.d)?\/)[^/]+$/;

/**
 * Installs a package with apt-get, for root. Only ever adds to the system: refused before anything is changed are
 * upgrades, removals, and packages that bring a service. Everything slow happens before the lock of dpkg is taken.
 */
export async function installPackage(wanted: DistributionPackage, options: PackageOptions): Promise<void> {
  const work = resolve(options.cacheDir, options.folder, `.installing-${randomUUID()}`);
  try {
    await mkdir(work, { recursive: true });
    const aptOptions = { wanted, work, env: options.env, log: options.log };
    const plan = await withPackageLists(aptOptions, (apt) => prepare(aptOptions, apt));
    refuseChanges(plan);
    await checkContents(aptOptions);
    options.log(
      `Installing ${wanted.name} ${plan.version} with apt-get (${plan.packages.length} packages, none with a service)`,
    );
    await plan.apt(['--assume-yes', '--no-remove', '--no-download', ...install(wanted)], INSTALL_TIMEOUT_MS);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Plan {
  readonly apt: AptGet;
  readonly version: string;
  readonly packages: readonly PlannedPackage[];
  readonly removals: readonly string[];
}

/** Downloads what an installation needs. Without locks: the archives go to a folder of our own. */
async function prepare({ wanted }: AptOptions, apt: AptGet): Promise<Plan> {
  const simulation = await apt(['--simulate', ...install(wanted)], QUERY_TIMEOUT_MS);
  const packages = toInstall(simulation);
  const version = packages.find(({ name }) => name === wanted.name)?.version;
  if (version === undefined) throw new Error(`apt-get would not install ${wanted.name}`);
  await apt(
    ['--option=Debug::NoLocking=true', '--assume-yes', '--download-only', ...install(wanted)],
    NETWORK_TIMEOUT_MS,
  );
  return { apt, version, packages, removals: toRemove(simulation) };
}

function install({ name }: DistributionPackage): string[] {
  return ['--no-install-recommends', 'install', name];
}

function refuseChanges({ packages, removals }: Plan): void {
  const upgrades = packages.filter(({ replaces }) => replaces !== undefined).map(({ name }) => name);
  if (upgrades.length > 0) throw new Error(`it would replace ${upgrades.join(', ')}`);
  if (removals.length > 0) throw new Error(`it would remove ${removals.join(', ')}`);
}

async function checkContents({ wanted, work, env }: AptOptions): Promise<void> {
  const archives = (await readdir(archivesIn(work))).filter((file) => file.endsWith('.deb'));
  const contents = await Promise.all(
    archives.map((file) =>
      runCommand('dpkg-deb', ['--contents', join(archivesIn(work), file)], {
        env,
        timeoutMs: CONTENTS_TIMEOUT_MS,
      }),
    ),
  );
  const files = contents.flatMap(filesIn);
  const service = files.find((file) => SERVICE_FILE.test(file));
  if (service !== undefined) throw new Error(`it would bring a service (${service})`);
  if (!files.includes(`/${wanted.program}`)) throw new Error(`it does not bring /${wanted.program}`);
}

/** Reads lines such as `-rwxr-xr-x root/root 2387088 2026-05-13 04:00 ./usr/bin/redis-check-rdb`, of a link with ` -> target`. */
function filesIn(listing: string): string[] {
  return [...listing.matchAll(/^[^d].*? \.(\/.*?)(?:(?: ->| link to) .*)?$/gm)].flatMap(
    ([, file]) => file ?? [],
  );
}
