import type { Unit } from '@reelsync/core';
import { ObjectId, type Collection, type Db, type Filter } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type { ChildUnit } from '../units/stored-unit';
import type {
  CountedUnit,
  LimitOptions,
  ListRunsOptions,
  NewRun,
  OpenUnit,
  OpenUnitOptions,
  PlanOptions,
  RequestFilter,
  Run,
  RunError,
  RunServer,
  UnitEnding,
  UnitFailure,
} from './run';
import { toRun, type RunDocument } from './run-document';
import { RunListingStore } from './run-listing-store';
import { RunScanStore } from './run-scan-store';
import { RunUnitStore } from './run-unit-store';
import type { UnitTally } from './unit-tally';

export interface RunRepositoryOptions {
  readonly newId?: () => string;
  /** Told of each run that ends `done`, once, whoever ended it. */
  readonly onDone?: (run: Run) => Promise<void>;
}

/** Runs and what became of each of their units. Finished ones expire (see the TTL indexes). */
export class RunRepository {
  /** The scans that runs have asked for. */
  readonly scans: RunScanStore;
  /** The listings that runs wait for. */
  readonly listings: RunListingStore;
  private readonly runs: Collection<RunDocument>;
  private readonly units: RunUnitStore;
  private readonly newId: () => string;
  private readonly onDone: (run: Run) => Promise<void>;

  constructor(state: Db, options: RunRepositoryOptions = {}) {
    const { newId = () => new ObjectId().toHexString(), onDone = () => Promise.resolve() } = options;
    this.runs = state.collection<RunDocument>('runs');
    this.scans = new RunScanStore(this.runs);
    this.listings = new RunListingStore(this.runs);
    this.units = new RunUnitStore(state);
    this.newId = newId;
    this.onDone = onDone;
  }

  /** Returns the run's id. */
  async create({ id = this.newId(), ...run }: NewRun): Promise<string> {
    await this.call('create', () =>
      this.runs.updateOne(
        { _id: id },
        { $setOnInsert: { ...run, status: 'running', planningDone: false, activeAt: run.startedAt } },
        { upsert: true },
      ),
    );
    return id;
  }

  /** Runs whose producer has not planned anything since then and never said that it was done. */
  findUnfinishedPlanning(activeBefore: Date): Promise<string[]> {
    const filter = {
      status: 'running' as const,
      planningDone: false,
      scanKey: { $exists: false },
      activeAt: { $lt: activeBefore },
    };
    return this.call('findUnfinishedPlanning', async () => {
      const found = await this.runs.find(filter, { projection: { _id: 1 }, sort: { _id: 1 } }).toArray();
      return found.map(({ _id }) => _id);
    });
  }

  /** Each unit counts once per run, however often it is planned. Call it before the unit's job exists. */
  async plan(runId: string, units: readonly Unit[], at: Date, options: PlanOptions = {}): Promise<void> {
    await this.units.plan(runId, units, at, options);
    await this.keepAlive(runId, at);
  }

  /** Requests that were planned to wait for listings do so no longer: jobs that begin from now on answer them. */
  stopWaiting(filter: RequestFilter): Promise<void> {
    return this.units.stopWaiting(filter);
  }

  /** The producer still works on the run; `at` may be in the future, until when the run is not abandoned. */
  async keepAlive(runId: string, at: Date): Promise<void> {
    await this.call('keepAlive', () => this.runs.updateOne({ _id: runId }, { $max: { activeAt: at } }));
  }

  /** Those of the runs that have not ended. */
  async findRunning(runIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (runIds.length === 0) return new Set();
    const filter = { _id: { $in: [...runIds] }, status: 'running' as const };
    const found = await this.call('findRunning', () =>
      this.runs.find(filter, { projection: { _id: 1 } }).toArray(),
    );
    return new Set(found.map(({ _id }) => _id));
  }

  /** What a run that has not ended was asked for; unlike `get` it counts nothing. */
  async findOrigin(runId: string): Promise<Pick<Run, 'trigger' | 'scope'> | null> {
    const filter = { _id: runId, status: 'running' as const };
    const run = await this.call('findOrigin', () =>
      this.runs.findOne(filter, { projection: { trigger: 1, scope: 1 } }),
    );
    return run === null ? null : { trigger: run.trigger, scope: run.scope };
  }

  /** What the run's scan found; a server that is scanned again replaces its earlier summary. */
  async recordServers(runId: string, summaries: readonly RunServer[]): Promise<void> {
    if (summaries.length === 0) return;
    const $set = Object.fromEntries(summaries.map((summary) => [`servers.${summary.serverId}`, summary]));
    await this.call('recordServers', () => this.runs.updateOne({ _id: runId }, { $set }));
  }

  async note(runId: string, note: string): Promise<void> {
    await this.call('note', () => this.runs.updateOne({ _id: runId }, { $set: { note } }));
  }

  /** From now on these runs end with their last open unit. */
  async donePlanning(runIds: string | readonly string[]): Promise<void> {
    const filter = { _id: { $in: [runIds].flat() } };
    await this.call('donePlanning', () => this.runs.updateMany(filter, { $set: { planningDone: true } }));
  }

  /**
   * Ends the requests for this unit that its job answers, as far as they are open: a merged request ends with the job it was
   * merged into. That something was created or updated is told to one run (decision 0020).
   */
  finishUnit(end: UnitEnding): Promise<void> {
    return this.units.finish(end);
  }

  findOpenChildren(titles: readonly string[]): Promise<ChildUnit[]> {
    return this.units.findOpenChildren(titles);
  }

  streamOpen(filter: RequestFilter): AsyncIterable<OpenUnit> {
    return this.units.streamOpen(filter);
  }

  /** Units that a run ended without, for this reason. */
  streamSkipped(runId: string, code: string): AsyncIterable<OpenUnit> {
    return this.units.streamSkipped(runId, code);
  }

  /** Those of the units that some run waits for. By unitKey. */
  findOpen(units: readonly Unit[], options: OpenUnitOptions = {}): Promise<ReadonlySet<string>> {
    return this.units.findOpen(units, options);
  }

  /**
   * Ends what nobody works on any more; call it only while no job waits or runs. Redis may have been wiped, or a
   * producer may have died while it planned. The titles themselves are not lost: what is dirty stays pending.
   */
  async closeAbandoned(requestedBefore: Date, now: Date): Promise<number> {
    const lost = {
      code: 'JOB_LOST' as const,
      message: 'The job is gone; the next scan finds the title if it is dirty',
    };
    const open = await this.units.skipOpen({ requestedBefore }, lost, now);
    const unplanned = await this.call('closeAbandoned', () =>
      this.runs
        .find(
          { status: 'running', planningDone: false, activeAt: { $lt: requestedBefore } },
          { projection: { _id: 1 }, sort: { _id: 1 } },
        )
        .toArray(),
    );
    for (const { _id: runId } of unplanned) await this.fail(runId, lost, now);
    return open + unplanned.length;
  }

  /**
   * Closes the runs that are planned and have no open unit: all such, or those of `among`. Returns those that this call
   * closed: each run once, over all callers. Whoever has ended the planning of one run looks at that one alone: there may
   * be thousands under way.
   */
  async settle(now: Date, among?: readonly string[]): Promise<Run[]> {
    const settled: Run[] = [];
    for (const runId of among ?? (await this.findPlanned())) {
      if (await this.units.hasOpen(runId)) continue;
      const [tally] = await this.units.count([runId]);
      const end = { status: 'done' as const, finishedAt: now, ...tally };
      const closed = await this.end({ _id: runId, planningDone: true }, end);
      if (closed !== null) settled.push(...(await this.toRuns([closed])));
    }
    for (const run of settled) await this.onDone(run);
    return settled;
  }

  /** The run itself failed. Null when it had ended before. */
  fail(runId: string, error: RunError, at: Date): Promise<Run | null> {
    return this.abort(runId, 'failed', error, at);
  }

  /** Somebody took the request back, or a newer one replaces it. Null when it had ended before. */
  withdraw(
    runId: string,
    status: 'cancelled' | 'superseded',
    reason: RunError,
    at: Date,
  ): Promise<Run | null> {
    return this.abort(runId, status, reason, at);
  }

  /** The open units of a run that has ended: a producer added them too late, or died in between. It counts them. */
  async skipOpen(runId: string, { code, message }: RunError, at: Date): Promise<Run | null> {
    await this.units.skipOpen({ runId }, { code, message }, at);
    const [tally] = await this.units.count([runId]);
    const counted = await this.call('skipOpen', () =>
      this.runs.findOneAndUpdate({ _id: runId }, { $set: { ...tally } }, { returnDocument: 'after' }),
    );
    const [run = null] = counted === null ? [] : await this.toRuns([counted]);
    return run;
  }

  async get(runId: string): Promise<Run | null> {
    const document = await this.call('get', () => this.runs.findOne({ _id: runId }));
    const [run = null] = document === null ? [] : await this.toRuns([document]);
    return run;
  }

  /** Whether further units may become part of the run. */
  async isPlanning(runId: string): Promise<boolean> {
    const filter = { _id: runId, status: 'running' as const, planningDone: false };
    const run = await this.call('isPlanning', () => this.runs.findOne(filter, { projection: { _id: 1 } }));
    return run !== null;
  }

  /** The run of a scan that this schedule has asked for and that has not ended, if there is one. */
  async findScanOfSchedule(scheduleId: string): Promise<string | undefined> {
    const scan = { scanKey: { $exists: true }, planningDone: false };
    const filter = {
      ...scan,
      status: 'running' as const,
      trigger: 'schedule' as const,
      requester: scheduleId,
    };
    const run = await this.call('findScanOfSchedule', () =>
      this.runs.findOne(filter, { projection: { _id: 1 } }),
    );
    return run?._id;
  }

  /** Newest first. */
  async list({ limit, status, kinds }: ListRunsOptions): Promise<Run[]> {
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(kinds === undefined ? {} : { 'scope.kind': { $in: [...kinds] } }),
    };
    const documents = await this.call('list', () =>
      this.runs.find(filter, { sort: { startedAt: -1, _id: -1 }, limit }).toArray(),
    );
    return this.toRuns(documents);
  }

  /** Ids of the runs under way and of those that have ended since then, in the order in which they began. */
  async findCurrent(endedSince: Date): Promise<string[]> {
    const find = (filter: Filter<RunDocument>) =>
      this.runs.find(filter, { projection: { startedAt: 1 } }).toArray();
    // In this order: a run that ends in between is found twice, and not missed.
    const found = await this.call('findCurrent', async () => [
      ...(await find({ status: 'running' })),
      ...(await find({ finishedAt: { $gte: endedSince } })),
    ]);
    const startOf = new Map(found.map(({ _id, startedAt }) => [_id, startedAt.getTime()]));
    return [...startOf].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1)).map(([runId]) => runId);
  }

  /** In the order of the ids; without those that are gone. */
  async getMany(runIds: readonly string[]): Promise<Run[]> {
    const found = await this.call('getMany', () => this.runs.find({ _id: { $in: [...runIds] } }).toArray());
    const runs = new Map((await this.toRuns(found)).map((run) => [run.id, run]));
    return runIds.flatMap((runId) => runs.get(runId) ?? []);
  }

  /** Units of the run that failed, the first few by title; how many there are is in the run's counts. */
  failures(runId: string, options: LimitOptions): Promise<UnitFailure[]> {
    return this.units.failures(runId, options);
  }

  /** Every unit of the run that has ended, in no particular order. */
  streamEnded(runId: string): AsyncIterable<CountedUnit> {
    return this.units.streamEnded(runId);
  }

  /** First the run, so that no producer adds to it; then its open units: nobody waits for them any more. */
  private async abort(
    runId: string,
    status: 'failed' | 'cancelled' | 'superseded',
    { code, message }: RunError,
    at: Date,
  ): Promise<Run | null> {
    const end = { status, finishedAt: at, error: { code, message } };
    if ((await this.end({ _id: runId }, end)) === null) return null;
    return this.skipOpen(runId, { code, message }, at);
  }

  /** Null when somebody else has ended it. */
  private end(
    run: { readonly _id: string; readonly planningDone?: true },
    end: Pick<RunDocument, 'status' | 'finishedAt' | 'error' | keyof UnitTally>,
  ): Promise<RunDocument | null> {
    return this.call('end', () =>
      this.runs.findOneAndUpdate({ ...run, status: 'running' }, { $set: end }, { returnDocument: 'after' }),
    );
  }

  /** In order; those under way are counted together. */
  private async toRuns(documents: readonly RunDocument[]): Promise<Run[]> {
    const uncounted = documents.flatMap(({ _id, counts, countsByKind }) =>
      counts && countsByKind ? [] : [_id],
    );
    const tallies = await this.units.count(uncounted);
    const counted = new Map(uncounted.map((runId, index) => [runId, tallies[index]]));
    return documents.map((document) => toRun(document, counted.get(document._id)));
  }

  /** Ids of the runs under way that end with their last open unit. */
  private async findPlanned(): Promise<string[]> {
    const filter = { status: 'running' as const, planningDone: true };
    const found = await this.call('findPlanned', () =>
      this.runs.find(filter, { projection: { _id: 1 }, sort: { _id: 1 } }).toArray(),
    );
    return found.map(({ _id }) => _id);
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'runs', operation }, work);
  }
}
