import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  NETWORK_TIMEOUT_MS,
  QUERY_TIMEOUT_MS,
  withPackageLists,
  type AptGet,
  type AptOptions,
} from './apt-get';
import { toInstall } from './apt-simulation';

export interface DownloadedPackages {
  readonly version: string;
  readonly files: readonly string[];
}

/**
 * Downloads a package and those of its dependencies that this system lacks. Needs no root and changes nothing
 * outside `work`.
 */
export function downloadPackages(options: AptOptions): Promise<DownloadedPackages> {
  return withPackageLists(options, (apt) => download(options, apt));
}

async function download(options: AptOptions, apt: AptGet): Promise<DownloadedPackages> {
  const { name: wanted, title, parts = [] } = options.wanted;
  // Also where it is installed already but not on the PATH that counts.
  const install = ['--no-install-recommends', '--reinstall', 'install', wanted, ...parts];
  const packages = toInstall(await apt(['--simulate', ...install], QUERY_TIMEOUT_MS));
  const version = packages.find(({ name }) => name === wanted)?.version;
  if (version === undefined) throw new Error(`apt-get would not install ${wanted}`);
  options.log(`Downloading ${title} ${version} (${packages.length} packages of this system's distribution)`);
  await apt(['download', ...packages.map(({ name }) => name)], NETWORK_TIMEOUT_MS);
  const files = (await readdir(options.work)).filter((file) => file.endsWith('.deb'));
  return { version, files: files.map((file) => join(options.work, file)) };
}
