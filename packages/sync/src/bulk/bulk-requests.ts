import { ReelsyncError, type Unit, type UnitKind } from '@reelsync/core';
import type { BulkCursor, BulkRequest, BulkScope, DatabaseAdapter } from '@reelsync/database';
import { UnitPlanner } from '@reelsync/domain';
import type { JobPayloads, JobProducer } from '@reelsync/queue';
import { QueueUnitEnqueuer } from '../requests/queue-unit-enqueuer';
import { markForced } from '../requests/mark-forced';
import { missingUnits } from './missing-units';
import { unitsOfTitles, type UnitsOfTitles } from './units-of-titles';

type Database = Pick<
  DatabaseAdapter,
  'bulk' | 'runs' | 'gates' | 'inventory' | 'movies' | 'tvShows' | 'seasons' | 'episodes'
>;

export interface Advance {
  readonly request: BulkRequest;
  /** The inventory has no further units. */
  readonly exhausted: boolean;
}

/** Units that are read from the inventory at a time. Bounds memory, and how often a large collection is entered anew. */
const INVENTORY_CHUNK = 2000;

/** Of the titles that no server lists, so many are named: enough to see what is wrong with a list, however long it is. */
const NAMED_UNKNOWN = 10;

const KINDS: Readonly<Record<BulkScope['domain'], UnitKind>> = {
  movies: 'movie',
  shows: 'show',
  seasons: 'season',
  episodes: 'episodes',
};

/**
 * Bulk requests of any size: each step takes a chunk, puts its units into a run and onto the queue, and saves how far it
 * is. A step that is repeated, because its answer was lost, counts once: each unit is in a run once, and jobs of one unit
 * merge. The pace is that of the caller, who looks at the queue's backlog between steps.
 */
export class BulkRequests {
  private readonly planner: UnitPlanner;

  constructor(
    private readonly database: Database,
    producer: JobProducer<JobPayloads>,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.planner = new UnitPlanner(database.runs, new QueueUnitEnqueuer(producer), now);
  }

  /** Throws ARGUMENTS_INVALID for seasons of anything but shows that are handed over. */
  async open(
    { domain, source, operations, seasons, force, missingOnly, dryRun }: BulkScope,
    origin: Pick<BulkRequest, 'trigger' | 'requester'>,
  ): Promise<BulkRequest> {
    if (seasons !== undefined && (source !== 'titles' || !(domain === 'seasons' || domain === 'episodes')))
      throw new ReelsyncError('ARGUMENTS_INVALID', 'Seasons are chosen of the shows that are handed over.');
    const scope = { domain, source, force, missingOnly, dryRun };
    const total =
      source === 'inventory' ? await this.database.inventory.countUnits(KINDS[domain]) : undefined;
    return this.database.bulk.create(
      {
        ...scope,
        ...origin,
        ...(operations === undefined ? {} : { operations }),
        ...(seasons === undefined ? {} : { seasons }),
        ...(total === undefined ? {} : { total }),
      },
      this.now(),
    );
  }

  async get(id: string): Promise<BulkRequest> {
    const request = await this.database.bulk.get(id);
    if (request === null) throw new ReelsyncError('BULK_UNKNOWN', `There is no bulk request '${id}'`);
    return request;
  }

  /**
   * Takes the titles, or the next ones of the inventory. `position` is how many the caller knows to be taken already.
   * Throws RUN_CANCELLED when somebody has cancelled its run: that ends the request.
   */
  async advance(
    id: string,
    position: number,
    titles: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Advance> {
    const request = await this.get(id);
    await this.openRunOf(request);
    assertFits(request, position, titles);
    // The answer to this chunk was lost; it is not taken again.
    if (position < request.position) return { request, exhausted: false };
    const { taken, after, units, unknown, exhausted } =
      titles === undefined
        ? await this.fromInventory(request)
        : { ...(await unitsOfTitles(this.database, request, titles)), ...ofTitles(titles) };
    const wanted = request.missingOnly ? await missingUnits(this.database, units) : units;
    await this.plan(request, wanted, signal);
    const cursor: BulkCursor = {
      position: position + taken,
      planned: request.planned + wanted.length,
      skipped: request.skipped + units.length - wanted.length,
      unknown: request.unknown + unknown.length,
      unknownTitles: [...(request.unknownTitles ?? []), ...unknown].slice(0, NAMED_UNKNOWN),
      ...(after === undefined ? {} : { after }),
    };
    await this.database.bulk.advance(id, position, cursor, this.now());
    return { request: await this.get(id), exhausted };
  }

  /** Its driver waits and will go on: without a sign of life its run would be taken for abandoned. */
  async keepAlive(id: string): Promise<BulkRequest> {
    const request = await this.get(id);
    if (request.runId !== undefined) await this.database.runs.keepAlive(request.runId, this.now());
    return request;
  }

  /** Its run ends with the units that it has; advancing later goes on in a new run. */
  async suspend(id: string): Promise<BulkRequest> {
    const request = await this.get(id);
    await this.endPlanning(request);
    return request;
  }

  /** There are no further titles. Also a request without any unit has a run in the end, which has ended. */
  async finish(id: string): Promise<BulkRequest> {
    const request = await this.get(id);
    if (request.status === 'finished') return request;
    if (request.runId === undefined && !request.dryRun) await this.runOf(request);
    const last = await this.get(id);
    await this.endPlanning(last);
    await this.database.bulk.finish(id, this.now());
    return { ...last, status: 'finished' };
  }

  private async plan(request: BulkRequest, units: readonly Unit[], signal: AbortSignal): Promise<void> {
    if (units.length === 0 || request.dryRun) return;
    const { operations } = request;
    const runId = await this.runOf(request);
    await this.planner.plan(request.force ? markForced(this.database, units, this.now, operations) : units, {
      runIds: [runId],
      urgency: 'bulk',
      stopsWithRuns: true,
      signal,
      ...(operations === undefined ? {} : { operations }),
    });
  }

  /** The run that is open for further units, or a new one. */
  private async runOf(request: BulkRequest): Promise<string> {
    const { runs, bulk } = this.database;
    const { id, trigger, requester, domain, source, operations, force, missingOnly } = request;
    const open = await this.openRunOf(request);
    if (open !== undefined) return open;
    const runId = await runs.create({
      trigger,
      scope: {
        kind: source === 'inventory' ? 'domain' : 'titles',
        domain,
        force,
        missingOnly,
        bulkId: id,
        ...(operations === undefined ? {} : { operations }),
      },
      startedAt: this.now(),
      ...(requester === undefined ? {} : { requester }),
    });
    await bulk.useRun(id, runId);
    return runId;
  }

  /** Undefined: its next units need a new run, because it was suspended or its driver was silent for too long. */
  private async openRunOf({ id, runId }: BulkRequest): Promise<string | undefined> {
    const { runs, bulk } = this.database;
    if (runId === undefined || (await runs.isPlanning(runId))) return runId;
    const latest = await runs.get(runId);
    if (latest?.status !== 'cancelled') return undefined;
    await bulk.finish(id, this.now());
    const reason = latest.error?.message ?? 'Cancelled';
    throw new ReelsyncError(
      'RUN_CANCELLED',
      `Bulk request '${id}' has ended with its run ${runId}: ${reason}`,
    );
  }

  private async endPlanning({ runId }: BulkRequest): Promise<void> {
    if (runId === undefined) return;
    await this.database.runs.donePlanning([runId]);
    await this.database.runs.settle(this.now(), [runId]);
  }

  private async fromInventory({ domain, after }: BulkRequest): Promise<UnitsOfTitles & Taken> {
    const units: Unit[] = [];
    const source = this.database.inventory.streamUnits(KINDS[domain], after === undefined ? {} : { after });
    for await (const unit of source) {
      units.push(unit);
      if (units.length === INVENTORY_CHUNK) break;
    }
    const last = units.at(-1) ?? after;
    return {
      units,
      unknown: [],
      taken: units.length,
      exhausted: units.length < INVENTORY_CHUNK,
      ...(last === undefined ? {} : { after: last }),
    };
  }
}

interface Taken {
  readonly taken: number;
  readonly after?: Unit;
  readonly exhausted: boolean;
}

function ofTitles(titles: readonly string[]): Taken {
  return { taken: titles.length, exhausted: false };
}

function assertFits(
  { id, status, source, position: stored }: BulkRequest,
  position: number,
  titles: readonly string[] | undefined,
): void {
  const problem =
    status === 'finished'
      ? 'it is finished'
      : position > stored
        ? `it has taken ${stored} titles, not ${position}`
        : (titles === undefined) !== (source === 'inventory')
          ? `its titles come from the ${source === 'inventory' ? 'inventory' : 'caller'}`
          : undefined;
  if (problem !== undefined)
    throw new ReelsyncError('ARGUMENTS_INVALID', `Bulk request '${id}' cannot go on like this: ${problem}`);
}
