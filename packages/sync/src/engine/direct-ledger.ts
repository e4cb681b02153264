import { unitKey, type Unit } from '@reelsync/core';
import type { ChildUnit, RunUnit } from '@reelsync/database';
import type { RunLedger } from './create-sync-engine';

type OpenUnit = { readonly unit: Unit; readonly end?: undefined };
type EndedUnit = { readonly unit: Unit; readonly end: RunUnit };

/**
 * What one direct run has planned and finished, in memory: nobody else waits for its units, and a run in MongoDB would
 * be taken for an abandoned one by the workers, which find no job of it (decision 0018).
 */
export class DirectLedger implements RunLedger {
  private readonly units = new Map<string, OpenUnit | EndedUnit>();
  private tellPlanned: ((total: number) => void) | undefined;
  /** Units of each title, so that a finished parent need not look at all of them. */
  private readonly byTitle = new Map<string, Set<string>>();

  get planned(): number {
    return this.units.size;
  }

  /** Told how many units there are, now and whenever some were planned. */
  set onPlanned(tell: (total: number) => void) {
    this.tellPlanned = tell;
    tell(this.planned);
  }

  plan(_runId: string, units: readonly Unit[]): Promise<void> {
    for (const unit of units) {
      const key = unitKey(unit);
      if (this.units.has(key)) continue;
      this.units.set(key, { unit });
      const ofTitle = this.byTitle.get(unit.title) ?? new Set();
      this.byTitle.set(unit.title, ofTitle.add(key));
    }
    this.tellPlanned?.(this.planned);
    return Promise.resolve();
  }

  /** A unit counts once, however often it runs. */
  finishUnit({
    unit,
    outcome,
    changedFields = [],
    code,
    message,
    finishedAt,
  }: Parameters<RunLedger['finishUnit']>[0]): Promise<void> {
    const key = unitKey(unit);
    const known = this.units.get(key);
    if (known !== undefined && known.end === undefined) {
      const failure = {
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      };
      this.units.set(key, { unit, end: { unit, outcome, changedFields, finishedAt, ...failure } });
    }
    return Promise.resolve();
  }

  findOpenChildren(titles: readonly string[]): Promise<ChildUnit[]> {
    const known = titles.flatMap((title) => [...(this.byTitle.get(title) ?? [])]);
    const open = known.flatMap((key) => this.units.get(key) ?? []).filter(({ end }) => end === undefined);
    return Promise.resolve(open.flatMap(({ unit }) => ('season' in unit ? [unit] : [])));
  }

  /** There is no other run that could wait for a unit. */
  findOpen(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set());
  }

  /** It runs as long as its process works on it. */
  findRunning(runIds: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(runIds));
  }

  /** So none of its units comes too late. */
  skipOpen(): Promise<null> {
    return Promise.resolve(null);
  }

  recordServers(): Promise<void> {
    return Promise.resolve();
  }

  donePlanning(): Promise<void> {
    return Promise.resolve();
  }

  /** Units that have ended. */
  ended(): RunUnit[] {
    return [...this.units.values()].flatMap(({ end }) => end ?? []);
  }

  /** Ends what is still open as skipped; answers with these ends. */
  abandon(reason: Required<Pick<RunUnit, 'code' | 'message'>>, finishedAt: Date): RunUnit[] {
    const ends: RunUnit[] = [];
    for (const [key, { unit, end }] of this.units) {
      if (end !== undefined) continue;
      const abandoned = { unit, outcome: 'skipped', changedFields: [], finishedAt, ...reason } as const;
      this.units.set(key, { unit, end: abandoned });
      ends.push(abandoned);
    }
    return ends;
  }
}
