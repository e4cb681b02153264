import { parentsOf, unitKey, type Unit } from '@reelsync/core';
import {
  BatchLoader,
  type ChildUnit,
  type GateRepository,
  type InventoryRepository,
  type RunRepository,
} from '@reelsync/database';

export interface UnitOrderOptions {
  readonly inventory: Pick<InventoryRepository, 'load' | 'findPendingChildren'>;
  readonly gates: Pick<GateRepository, 'loadMany' | 'findDueChildren'>;
  readonly runs: Pick<RunRepository, 'findOpenChildren'>;
  readonly now: () => Date;
}

/** Parents before children (design decision 5): who may start, and who may start now that a parent has ended. */
export class UnitOrder {
  /** Children that are to start, of a show. Jobs that end at the same time share the queries. */
  private readonly wanted = new BatchLoader<string, readonly ChildUnit[]>((titles) =>
    this.findWanted(titles),
  );

  constructor(private readonly options: UnitOrderOptions) {}

  /**
   * Those whose show and season are clean. The others start when these have ended, see `childrenAfter`; so `at` is the moment
   * as of which the caller looked for parents to start.
   */
  async withCleanParents(units: readonly Unit[], at = this.options.now()): Promise<Unit[]> {
    const parents = new Map(units.flatMap(parentsOf).map((parent) => [unitKey(parent), parent]));
    const dirty = await this.findDirty([...parents.values()], at);
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
        const wanted = await this.wanted.load(parent.title);
        const seasons = wanted.filter(({ kind }) => kind === 'season');
        const starting = new Set(seasons.map(({ season }) => season));
        const episodes = wanted.filter(({ kind, season }) => kind === 'episodes' && !starting.has(season));
        return [...seasons, ...episodes];
      }
      case 'season': {
        const wanted = await this.wanted.load(parent.title);
        return wanted.filter(({ kind, season }) => kind === 'episodes' && season === parent.season);
      }
      case 'movie':
      case 'episodes':
        return [];
    }
  }

  private async findDirty(units: readonly Unit[], at: Date): Promise<ReadonlySet<string>> {
    const { inventory, gates } = this.options;
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

  private async findWanted(titles: readonly string[]): Promise<ChildUnit[][]> {
    const { inventory, gates, runs, now } = this.options;
    const found = await Promise.all([
      inventory.findPendingChildren(titles),
      gates.findDueChildren(titles, now()),
      runs.findOpenChildren(titles),
    ]);
    const byTitle = new Map(titles.map((title) => [title, new Map<string, ChildUnit>()]));
    for (const unit of found.flat()) byTitle.get(unit.title)?.set(unitKey(unit), unit);
    return titles.map((title) => [...(byTitle.get(title)?.values() ?? [])]);
  }
}
