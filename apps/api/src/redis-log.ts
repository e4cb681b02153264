import type { Logger } from '@reelsync/runtime';

/** While Redis is away every reconnect fails alike, several times a second: one line says so, one that it is back. */
export class RedisLog {
  private readonly reported = new Set<string>();

  constructor(private readonly logger: Logger) {}

  readonly onError = (error: Error, source: string): void => {
    if (this.reported.has(error.message)) {
      this.logger.trace({ err: error, source }, 'redis error');
      return;
    }
    this.reported.add(error.message);
    this.logger.warn(
      { err: error, source },
      'redis error; the same one is not logged again until redis is back',
    );
  };

  readonly onReady = (): void => {
    if (this.reported.size > 0) this.logger.info('redis is back');
    this.reported.clear();
  };
}
