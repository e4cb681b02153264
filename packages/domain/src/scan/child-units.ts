import type { Unit } from '@reelsync/core';
import type { UnitOrder } from './unit-order';
import type { PlanRequest, UnitPlanner } from './unit-planner';

/** Starts the children that waited for a show or a season. */
export class ChildUnits {
  constructor(
    private readonly order: Pick<UnitOrder, 'childrenAfter'>,
    private readonly planner: UnitPlanner,
  ) {}

  /**
   * Call it when the parent's job has ended, well or not, before its unit is closed: the children become part of the same
   * runs, which can then not end without them. May happen twice.
   */
  release(parent: Unit, request: PlanRequest): Promise<number> {
    return this.planner.plan(this.childrenAfter(parent), request);
  }

  private async *childrenAfter(parent: Unit): AsyncIterable<Unit> {
    yield* await this.order.childrenAfter(parent);
  }
}
