import { destination, pino, stdSerializers, type Logger } from 'pino';
import { ReelsyncError } from '@reelsync/core';

export type { Logger } from 'pino';

/** Names under which secrets could travel; their values never reach a log line. */
const SECRET_KEYS = [
  'password',
  'webhookId',
  'sessionSecret',
  'token',
  'authorization',
  'cookie',
  'x-webhook-id',
];

/** JSON lines on stderr: stdout belongs to results. Errors of ours carry code, category and context. */
export function createLogger(options: { readonly name: string; readonly level: string }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
        censor: '[secret]',
      },
      serializers: { err: serializeError },
    },
    destination({ fd: 2, sync: false }),
  );
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const plain = stdSerializers.errWithCause(error);
  if (!(error instanceof ReelsyncError)) return plain;
  return {
    ...plain,
    code: error.code,
    category: error.category,
    context: error.context,
    advice: error.advice,
  };
}
