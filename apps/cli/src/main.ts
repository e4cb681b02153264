import { toReelsyncError } from '@reelsync/core';
import { EXIT_CODES } from '@reelsync/runtime';
import { buildProgram } from './program';

buildProgram()
  .parseAsync()
  .catch((error: unknown) => {
    const { code, message, advice, category } = toReelsyncError(error);
    process.stderr.write(`${code}: ${message}\n${advice}\n`);
    process.exitCode = category === 'configuration' ? EXIT_CODES.misconfigured : EXIT_CODES.failed;
  });
