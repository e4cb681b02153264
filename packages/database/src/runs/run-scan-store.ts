import type { Collection, Filter } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type { Run, WaitingScan } from './run';
import type { RunDocument } from './run-document';

/** Scans that runs have asked for, by key. */
export class RunScanStore {
  constructor(private readonly runs: Collection<RunDocument>) {}

  /**
   * Runs that wait for a scan with this key, asked when it starts: it works for all of them, so a request that was merged
   * into another's job ends with that job. A scan that is repeated after a crash claims the same ones.
   */
  async claim(scanKey: string): Promise<Pick<Run, 'id' | 'trigger'>[]> {
    const waiting = await this.call('claim', () =>
      this.runs
        .find(
          { status: 'running', planningDone: false, scanKey },
          { projection: { trigger: 1 }, sort: { _id: 1 } },
        )
        .toArray(),
    );
    return waiting.map(({ _id: id, trigger }) => ({ id, trigger }));
  }

  /** Scans that somebody waits for since then or longer, each once, with what was asked for and by whom. */
  async findWaiting(requestedBefore: Date): Promise<WaitingScan[]> {
    const filter: Filter<RunDocument> = {
      status: 'running',
      planningDone: false,
      scanKey: { $exists: true },
      startedAt: { $lt: requestedBefore },
    };
    const projection = { trigger: 1, scope: 1, scanKey: 1 };
    const waiting = await this.call('findWaiting', () =>
      this.runs.find(filter, { projection, sort: { _id: 1 } }).toArray(),
    );
    const byKey = new Map<string, WaitingScan & { readonly triggers: Run['trigger'][] }>();
    for (const { trigger, scope, scanKey: key } of waiting) {
      if (key === undefined) continue;
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, { key, scope, triggers: [trigger] });
      else known.triggers.push(trigger);
    }
    return [...byKey.values()];
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'runs', operation }, work);
  }
}
