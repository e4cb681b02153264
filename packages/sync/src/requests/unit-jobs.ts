import type { Narrowing, Unit } from '@reelsync/core';
import type { Urgency } from '@reelsync/domain';
import type { JobPayloads, JobProducer, Withdrawal } from '@reelsync/queue';
import { withUnitJobs } from './unit-payloads';

/** Commands on their way to Redis at the same time. */
const PARALLEL = 50;

/** Looks at the jobs of units, makes them more urgent, and takes them back. */
export class UnitJobs {
  constructor(private readonly producer: Pick<JobProducer<JobPayloads>, 'waiting' | 'hasten'>) {}

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

  /** Jobs that wait already become as urgent as a request that merged with them; none is enqueued. */
  async hasten(units: readonly Unit[], priority: Urgency, narrowing: Narrowing = {}): Promise<void> {
    for (const kind of new Set(units.map((unit) => unit.kind))) {
      const ofKind = units.filter((unit) => unit.kind === kind);
      await withUnitJobs(kind, ofKind, narrowing, (name, payloads) =>
        Promise.all(payloads.map((payload) => this.producer.hasten(name, payload, { priority }))),
      );
    }
  }

  /** Removes the jobs of the units that have not begun; answers with how many. */
  async withdraw(units: readonly Unit[], narrowing: Narrowing = {}): Promise<number> {
    let withdrawn = 0;
    for (let start = 0; start < units.length; start += PARALLEL) {
      const answers = await Promise.all(
        units.slice(start, start + PARALLEL).map((unit) => this.withdrawOne(unit, narrowing)),
      );
      withdrawn += answers.filter((answer) => answer === 'withdrawn').length;
    }
    return withdrawn;
  }

  private withdrawOne(unit: Unit, narrowing: Narrowing): Promise<Withdrawal> {
    return withUnitJobs(unit.kind, [unit], narrowing, async (name, [payload]) =>
      payload === undefined ? 'absent' : this.producer.waiting.withdraw(name, payload),
    );
  }
}
