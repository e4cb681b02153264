import { readFile } from 'node:fs/promises';

/** Command per system; the keys are `ID` and `ID_LIKE` values of os-release(5). Where Redis was dropped, its fork Valkey. */
const LINUX_COMMANDS: Readonly<Record<string, string>> = {
  debian: 'sudo apt-get install redis-server',
  ubuntu: 'sudo apt-get install redis-server',
  fedora: 'sudo dnf install valkey-compat-redis',
  rhel: 'sudo dnf install redis',
  suse: 'sudo zypper install redis',
  arch: 'sudo pacman -S valkey',
  alpine: 'sudo apk add redis',
};

/** One instruction for this system, fit to end a sentence. */
export async function howToInstallRedis(): Promise<string> {
  const command = await commandForThisSystem();
  const install = command === undefined ? 'install Redis 6.2 or later' : `install it with "${command}"`;
  return `${install}, or set REDIS_URL to a Redis that runs.`;
}

async function commandForThisSystem(): Promise<string | undefined> {
  if (process.platform === 'darwin') return 'brew install redis';
  if (process.platform !== 'linux') return undefined;
  return linuxCommand(await readFile('/etc/os-release', 'utf8').catch(() => ''));
}

/** The command for the system that an os-release(5) text describes. */
export function linuxCommand(osRelease: string): string | undefined {
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = `${value('ID')} ${value('ID_LIKE')}`.split(' ');
  return ids.map((id) => LINUX_COMMANDS[id]).find((command) => command !== undefined);
}
