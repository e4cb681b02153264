import { parentsOf, unitKey, type Unit } from '@reelsync/core';
import type { GateRepository, InventoryRepository, RunRepository } from '@reelsync/database';

export interface UnitOrderOptions {
  readonly inventory: Pick<InventoryRepository, 'load' | 'findPendingChildren'>;
  readonly gates: Pick<GateRepository, 'loadMany' | 'findDueChildren'>;
  readonly runs: Pick<RunRepository, 'findOpenChildren'>;
  readonly now: () => Date;
}

/** Parents before children (design decision 5): who may start, and who may start now that a parent has ended. */
export class UnitOrder {
  constructor(private readonly options: UnitOrderOptions) {}

  /** Those whose show and season are clean. The others start when these have ended, see `childrenAfter`. */
  async withCleanParents(units: readonly Unit[]): Promise<Unit[]> {
    const parents = new Map(units.flatMap(parentsOf).map((parent) => [unitKey(parent), parent]));
    const dirty = await this.findDirty([...parents.values()]);
    return units.filter((unit) => parentsOf(unit).every((parent) => !dirty.has(unitKey(parent))));
  }

  /**
   * What starts when a show or season has ended: its children that are dirty or that some run still waits for, but no
   * episodes whose season starts now. Looking at the runs too closes the gap between a scan that found a child dirty and a
   * job that applied it before that scan had planned it.
   */
  async childrenAfter(parent: Unit): Promise<readonly Unit[]> {
    switch (parent.kind) {
      case 'show': {
        const { title } = parent;
        const seasons = await this.findWanted('season', title, undefined);
        const starting = new Set(seasons.map(seasonNumber));
        const episodes = await this.findWanted('episodes', title, undefined);
        return [...seasons, ...episodes.filter((unit) => !starting.has(seasonNumber(unit)))];
      }
      case 'season':
        return this.findWanted('episodes', parent.title, parent.season);
      case 'movie':
      case 'episodes':
        return [];
    }
  }

  private async findDirty(units: readonly Unit[]): Promise<ReadonlySet<string>> {
    const { inventory, gates, now } = this.options;
    const at = now();
    const [known, inventories] = await Promise.all([
      gates.loadMany(units),
      Promise.all(units.map(async (unit) => ({ unit, entries: await inventory.load(unit) }))),
    ]);
    const dirty = inventories.filter(({ unit, entries }) => {
      const gate = known.get(unitKey(unit));
      const retryAt = gate?.failure?.retryAt;
      return (
        entries.some(({ pendingSince }) => pendingSince !== undefined) ||
        (retryAt === undefined ? gate?.forceSince !== undefined : retryAt <= at)
      );
    });
    return new Set(dirty.map(({ unit }) => unitKey(unit)));
  }

  private async findWanted(
    kind: 'season' | 'episodes',
    title: string,
    season: number | undefined,
  ): Promise<Unit[]> {
    const { inventory, gates, runs, now } = this.options;
    const found = await Promise.all([
      inventory.findPendingChildren(kind, title, season),
      gates.findDueChildren(kind, title, season, now()),
      runs.findOpenChildren(kind, title, season),
    ]);
    return [...new Map(found.flat().map((unit) => [unitKey(unit), unit])).values()];
  }
}

function seasonNumber(unit: Unit): number | undefined {
  return 'season' in unit ? unit.season : undefined;
}
