import type { Narrowing, Unit } from '@reelsync/core';
import type { JobPayloads, JobProducer, Withdrawal } from '@reelsync/queue';
import { withUnitJobs } from './unit-payloads';

/** Looks at, and takes back, the jobs of units. */
export class UnitJobs {
  constructor(private readonly producer: Pick<JobProducer<JobPayloads>, 'waiting'>) {}

  /** Those of the units for which no job waits or runs. */
  async without(units: readonly Unit[], narrowing: Narrowing = {}): Promise<readonly Unit[]> {
    const missing: Unit[] = [];
    for (const kind of new Set(units.map((unit) => unit.kind))) {
      const ofKind = units.filter((unit) => unit.kind === kind);
      missing.push(
        ...(await withUnitJobs(kind, ofKind, narrowing, async (name, payloads) => {
          const lost = new Set(await this.producer.waiting.without(name, payloads));
          return ofKind.filter((_, index) => payloads[index] !== undefined && lost.has(payloads[index]));
        })),
      );
    }
    return missing;
  }

  /** Removes the job of the unit if it has not begun. */
  withdraw(unit: Unit, narrowing: Narrowing = {}): Promise<Withdrawal> {
    return withUnitJobs(unit.kind, [unit], narrowing, async (name, [payload]) =>
      payload === undefined ? 'absent' : this.producer.waiting.withdraw(name, payload),
    );
  }
}
