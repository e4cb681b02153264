/** What MongoDB's `failCommand` fail point does to a command. */
export interface FailCommand {
  readonly commands: readonly string[];
  readonly errorCode: number | null;
  readonly closeConnection: boolean;
  readonly blockMs: number;
}

/** How the command at hand fails. */
export type Failure = Pick<FailCommand, 'errorCode' | 'closeConnection' | 'blockMs'>;

/** The state of the one fail point, for tests of outages. */
export class FailPoints {
  private active: FailCommand | null = null;
  private remaining = 0;
  private timesEntered = 0;

  set(failure: FailCommand | null, times: number): number {
    this.active = failure;
    this.remaining = times;
    return this.timesEntered;
  }

  /** Counts the command when the fail point concerns it. */
  enter(command: string): Failure | null {
    const { active } = this;
    if (active === null || this.remaining <= 0 || !active.commands.includes(command)) return null;
    this.remaining--;
    this.timesEntered++;
    return active;
  }
}
