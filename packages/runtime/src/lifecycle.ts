import type { Logger } from './logger';

interface StopHook {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** Stop hooks in reverse order of registration: what was started last stops first. */
export class Lifecycle {
  private readonly hooks: StopHook[] = [];
  private stopping: Promise<boolean> | undefined;

  /** Milliseconds after which a stop is forced; a process whose settings allow more raises it. */
  stopDeadlineMs = 10_000;

  constructor(private readonly logger: Logger) {}

  onStop(name: string, stop: () => Promise<void> | void): void {
    this.hooks.push({ name, stop });
  }

  /** Runs every hook once, also when one of them fails. Resolves to whether all succeeded. */
  stop(): Promise<boolean> {
    this.stopping ??= this.runHooks();
    return this.stopping;
  }

  private async runHooks(): Promise<boolean> {
    let clean = true;
    for (const { name, stop } of this.hooks.reverse()) {
      try {
        await stop();
        this.logger.debug({ part: name }, 'stopped');
      } catch (error) {
        clean = false;
        this.logger.error({ err: error, part: name }, 'could not stop in order');
      }
    }
    return clean;
  }
}
