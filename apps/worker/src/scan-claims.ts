import type { Run, RunRepository } from '@reelsync/database';
import { scanKey, scheduleKey, type JobPayload } from '@reelsync/queue';

type Claimed = Pick<Run, 'id' | 'trigger'>;
type Payload = JobPayload<'library.scan'> | JobPayload<'schedule.trigger'>;

/**
 * The runs that each scan and each tick of a schedule works for, kept until its end: a failure is told to those, and not to
 * runs that ask meanwhile, which have a job of their own to come.
 */
export class ScanClaims {
  /** By the payload object, which an attempt's handler and its settlement share. */
  private readonly claims = new WeakMap<Payload, readonly Claimed[]>();

  constructor(private readonly runs: Pick<RunRepository, 'scans'>) {}

  /** Call it before the work begins. */
  async claim(payload: Payload): Promise<readonly Claimed[]> {
    const claimed = await this.waitingFor(payload);
    this.claims.set(payload, claimed);
    return claimed;
  }

  /** Of an attempt that ended before its handler began, because it had stalled too often: whoever waits now. */
  async of(payload: Payload): Promise<readonly Claimed[]> {
    return this.claims.get(payload) ?? this.waitingFor(payload);
  }

  private waitingFor(payload: Payload): Promise<readonly Claimed[]> {
    const key = 'schedule' in payload ? scheduleKey(payload.schedule) : scanKey(payload);
    return this.runs.scans.claim(key);
  }
}
