import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of the demo's own process, not of the installation that it runs. */
const NOT_SETTINGS = new Set(['PATH', 'HOME']);

/**
 * Writes the settings of the demo as a file that a shell can source, so that `npx reelsync …` works on the running demo.
 * Holds the secrets of the demo's own Redis and servers: readable by its user only.
 */
export async function writeShellEnvironment(dataDir: string, env: NodeJS.ProcessEnv): Promise<string> {
  const file = join(dataDir, 'demo.env');
  const lines = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || NOT_SETTINGS.has(name) ? [] : [`export ${name}=${shellWord(value)}\n`],
  );
  await writeFile(file, lines.join(''), { mode: 0o600 });
  return file;
}

/** As one word of a shell command, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
