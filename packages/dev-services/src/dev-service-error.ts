/** Stable codes: programs and documents may rely on them. */
export type DevServiceErrorCode =
  | 'REDIS_UNAVAILABLE'
  | 'DATA_FOLDER_IN_USE'
  | 'PORT_TAKEN'
  | 'SERVICE_NOT_STARTED'
  | 'SERVICE_EXITED'
  | 'SERVICE_NOT_READY'
  | 'COMMAND_FAILED';

/** A development service could not be provided. `message` says what happened, `advice` what the user can do. */
export class DevServiceError extends Error {
  override readonly name = 'DevServiceError';

  constructor(
    readonly code: DevServiceErrorCode,
    message: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The text of any thrown value, for use inside another message. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error such as ENOENT. Not by `instanceof`, which fails for errors of another realm (Jest). */
export function systemCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
