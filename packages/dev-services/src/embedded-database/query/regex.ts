import { CommandError } from '../errors';

/** Escapes that mean the same in PCRE and in JavaScript; others (\A, \z, \Q, \h ...) would match silently wrong. */
const UNSHARED_ESCAPE = /\\(?![dDwWsSbBnrtf]|x[0-9a-fA-F]{2}|[^a-zA-Z])/;
const POSIX_CLASS = /\[\[?:[a-z^]+:\]/;

/** A PCRE pattern as a JavaScript regular expression, or an error when the two dialects differ. */
export function compileRegex(pattern: string, options: string): RegExp {
  if (!/^[ims]*$/.test(options)) {
    throw new CommandError('InvalidRegex', `unknown or unsupported regular expression options: ${options}`);
  }
  // An escaped backslash must not hide the letter after it.
  const escapes = pattern.replaceAll('\\\\', '');
  if (UNSHARED_ESCAPE.test(escapes) || POSIX_CLASS.test(escapes)) {
    throw new CommandError(
      'InvalidRegex',
      `unsupported escape or class in the regular expression: ${pattern}`,
    );
  }
  try {
    return new RegExp(pattern, [...new Set(options)].join(''));
  } catch (error) {
    throw new CommandError(
      'InvalidRegex',
      `Regular expression is invalid: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
