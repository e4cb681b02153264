import { narrowingKeys, narrowingOf, unitKey, type Unit } from '@reelsync/core';
import { BatchLoader, type RunRepository } from '@reelsync/database';
import type { EnqueueOptions } from './unit-enqueuer';
import type { UnitOrder } from './unit-order';
import type { UnitPlanner } from './unit-planner';

/** The runs that the parent's job belonged to, how urgent it was, and the operations that it was narrowed to. */
export type ReleaseRequest = Pick<EnqueueOptions, 'runIds' | 'urgency' | 'operations'>;

interface Release {
  readonly parent: Unit;
  readonly request: ReleaseRequest;
}

/** Starts the children that waited for a show or a season. Parents that end at the same time share queries and writes. */
export class ChildUnits {
  private readonly releases = new BatchLoader<Release, undefined>((releases) => this.releaseAll(releases));

  constructor(
    private readonly order: Pick<UnitOrder, 'childrenAfter'>,
    private readonly planner: UnitPlanner,
    private readonly runs: Pick<RunRepository, 'findRunning'>,
  ) {}

  /**
   * Call it when the parent's job has ended, well or not, before its unit is closed: the children become part of the same
   * runs, which can then not end without them; those that have ended (were cancelled, say) get none. May happen twice.
   */
  async release(parent: Unit, request: ReleaseRequest): Promise<void> {
    if (parent.kind === 'show' || parent.kind === 'season') await this.releases.load({ parent, request });
  }

  private async releaseAll(releases: readonly Release[]): Promise<undefined[]> {
    const alike = new Map<string, Release[]>();
    for (const release of releases) {
      const { runIds, urgency, operations } = release.request;
      const narrowing = narrowingOf({ operations, episodes: undefined });
      const key = JSON.stringify([runIds, urgency, narrowingKeys(narrowing)]);
      alike.set(key, [...(alike.get(key) ?? []), release]);
    }
    await Promise.all([...alike.values()].map((group) => this.releaseGroup(group)));
    return releases.map(() => undefined);
  }

  private async releaseGroup(group: readonly Release[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const children = await Promise.all(group.map(({ parent }) => this.order.childrenAfter(parent)));
    const distinct = new Map(children.flat().map((unit) => [unitKey(unit), unit]));
    if (distinct.size === 0) return;
    const running = await this.runs.findRunning(first.request.runIds);
    const runIds = first.request.runIds.filter((runId) => running.has(runId));
    // Not stopped midway: a child that is part of a run and not on the queue would wait for the next scan.
    const signal = new AbortController().signal;
    const request = { ...first.request, runIds, signal, stopsWithRuns: true };
    await this.planner.plan(distinct.values(), request);
  }
}
