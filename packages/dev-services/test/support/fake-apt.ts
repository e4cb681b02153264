import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fakeProgram } from './environment';

export interface FakeApt {
  readonly version?: string;
  /** Lines of the simulation beside that of the package. */
  readonly simulation?: readonly string[];
  /** What the real installation says before it fails. */
  readonly installError?: string;
  /** Lines of `dpkg-deb --contents` for the package. */
  readonly contents?: readonly string[];
}

const DEPENDENCY = 'Inst liblzf1 (3.6-3 Fake [all])';
const CHECKER = '-rwxr-xr-x root/root 2387088 2026-05-13 04:00 ./usr/bin/redis-check-rdb';

/**
 * An apt-get and a dpkg-deb in a folder of programs. What they unpack is a redis-server, what they install (into the same
 * folder) is the program of redis-tools: a server only when it is called redis-server.
 */
export function fakeApt(programs: string, options: FakeApt = {}): void {
  const { version = '1:1.0', simulation = [DEPENDENCY], installError, contents = [CHECKER] } = options;
  fakeProgram(
    programs,
    'apt-get',
    `
    const fs = require('node:fs');
    const args = process.argv.slice(2);
    const config = fs.readFileSync(args[0].split('=')[1], 'utf8');
    const { DEBIAN_FRONTEND, NEEDRESTART_SUSPEND } = process.env;
    fs.appendFileSync(
      ${JSON.stringify(join(programs, 'calls'))},
      JSON.stringify({ args: args.slice(1), config, env: { DEBIAN_FRONTEND, NEEDRESTART_SUSPEND } }) + '\\n',
    );
    if (args.includes('--simulate')) {
      const wanted = args.at(args.indexOf('install') + 1);
      console.log(['Inst ' + wanted + ' (${version} Fake [all])', ...${JSON.stringify(simulation)}].join('\\n'));
    } else if (args.includes('--download-only')) {
      fs.writeFileSync('cache/archives/redis-tools.deb', '');
    } else if (args.includes('install')) {
      const error = ${JSON.stringify(installError ?? null)};
      if (error !== null) {
        console.error(error);
        process.exit(100);
      }
      fs.writeFileSync(
        ${JSON.stringify(join(programs, 'redis-check-rdb'))},
        '#!/bin/sh\\ncase "$0" in */redis-server) echo "Redis server v=1.0";; *) exit 1;; esac\\n',
        { mode: 0o755 },
      );
    } else {
      fs.writeFileSync('redis-server.deb', '');
    }
    `,
  );
  fakeProgram(
    programs,
    'dpkg-deb',
    `
    const fs = require('node:fs');
    if (process.argv[2] === '--contents') {
      console.log(${JSON.stringify(contents)}.join('\\n'));
    } else {
      const bin = process.argv[4] + '/usr/bin';
      fs.mkdirSync(bin, { recursive: true });
      fs.writeFileSync(bin + '/redis-server', '#!/bin/sh\\nexit 0\\n', { mode: 0o755 });
    }
    `,
  );
}

export interface AptCall {
  /** Without the configuration file. */
  readonly args: readonly string[];
  readonly config: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function aptCalls(programs: string): AptCall[] {
  const file = join(programs, 'calls');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AptCall);
}

/** Those that change the system. */
export function installations(programs: string): AptCall[] {
  return aptCalls(programs).filter(
    ({ args }) =>
      args.includes('install') && !args.includes('--simulate') && !args.includes('--download-only'),
  );
}
