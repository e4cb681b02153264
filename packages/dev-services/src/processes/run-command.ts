import { execFile } from 'node:child_process';

import { DevServiceError } from '../dev-service-error';

export interface RunCommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs: number;
}

/** Runs a program to its end and returns what it wrote to standard output. */
export function runCommand(
  command: string,
  args: readonly string[],
  { env, cwd, timeoutMs }: RunCommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      // Messages are parsed, so they must not be translated.
      { env: { ...env, LC_ALL: 'C' }, cwd, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
          return;
        }
        const reason =
          error.killed === true ? `no end after ${timeoutMs / 1000} s` : mainLine(stderr, error.message);
        const words = [command, ...args].filter((word) => !word.startsWith('-'));
        reject(
          new DevServiceError(
            'COMMAND_FAILED',
            `${words.slice(0, 3).join(' ')}: ${reason}`,
            'See the message.',
            { cause: error },
          ),
        );
      },
    );
    // Nobody is there to answer a question.
    child.stdin?.end();
  });
}

/** apt writes its first error as the cause; most programs end with it. */
function mainLine(text: string, otherwise: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => line.startsWith('E: ')) ?? (lines.at(-1)?.trim() || otherwise);
}
