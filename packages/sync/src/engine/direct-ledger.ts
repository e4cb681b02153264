import { unitKey, type Unit } from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import type { RunLedger } from './create-sync-engine';

type OpenUnit = { readonly unit: Unit; readonly end?: undefined };
type EndedUnit = { readonly unit: Unit; readonly end: RunUnit };

/**
 * What one direct run has planned and finished, in memory: nobody else waits for its units, and a run in MongoDB would
 * be taken for an abandoned one by the workers, which find no job of it (decision 0018).
 */
export class DirectLedger implements RunLedger {
  private readonly units = new Map<string, OpenUnit | EndedUnit>();
  /** Units of each title, so that a finished parent need not look at all of them. */
  private readonly byTitle = new Map<string, Set<string>>();

  plan(_runId: string, units: readonly Unit[]): Promise<void> {
    for (const unit of units) {
      const key = unitKey(unit);
      if (this.units.has(key)) continue;
      this.units.set(key, { unit });
      const ofTitle = this.byTitle.get(unit.title) ?? new Set();
      this.byTitle.set(unit.title, ofTitle.add(key));
    }
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

  findOpenChildren(kind: 'season' | 'episodes', title: string, season?: number): Promise<Unit[]> {
    const ofTitle = [...(this.byTitle.get(title) ?? [])].flatMap((key) => this.units.get(key) ?? []);
    const children = ofTitle.filter(
      ({ unit, end }) =>
        end === undefined &&
        unit.kind === kind &&
        (season === undefined || ('season' in unit && unit.season === season)),
    );
    return Promise.resolve(children.map(({ unit }) => unit));
  }

  recordServers(): Promise<void> {
    return Promise.resolve();
  }

  donePlanning(): Promise<void> {
    return Promise.resolve();
  }

  get planned(): number {
    return this.units.size;
  }

  /** Units that have ended. */
  ended(): RunUnit[] {
    return [...this.units.values()].flatMap(({ end }) => end ?? []);
  }

  open(): Unit[] {
    return [...this.units.values()].flatMap(({ unit, end }) => (end === undefined ? [unit] : []));
  }
}
