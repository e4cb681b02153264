import { CommanderError, type Command } from 'commander';
import { toReelsyncError } from '@reelsync/core';
import { EXIT_CODES } from '@reelsync/runtime';
import { buildProgram } from './program';

const program = buildProgram();
throwInsteadOfExit(program);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // What was wrong with the words typed has been said already; help and version end here as well.
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.misconfigured;
    return;
  }
  const { code, message, advice, category } = toReelsyncError(error);
  process.stderr.write(`${code}: ${message}\n${advice}\n`);
  process.exitCode = category === 'configuration' ? EXIT_CODES.misconfigured : EXIT_CODES.failed;
});

/** Commander leaves with 1 when the words typed are wrong; here that is a 2, as for every other setting. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
}
