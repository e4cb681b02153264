import {
  narrowingKeys,
  unitKey,
  type Narrowing,
  type Unit,
  type UnitKind,
  type UnitOutcome,
} from '@reelsync/core';
import { ObjectId, type Collection, type Db, type UpdateFilter } from 'mongodb';
import { BulkWriter } from '../batching/bulk-writer';
import { chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { childrenOf, distinctChildren, UNIT_CURSOR, unitOf, type ChildUnit } from '../units/stored-unit';
import type {
  ListRunsOptions,
  NewRun,
  Run,
  RunCounts,
  RunCountsByKind,
  RunError,
  RunServer,
  RunUnit,
  UnitEnding,
  UnitFailure,
} from './run';
import { tallyUnits, type UnitGroup, type UnitTally } from './unit-tally';

type RunDocument = Omit<Run, 'id' | 'servers' | keyof UnitTally> & {
  readonly _id: string;
  /** Both are absent while the run is under way: then its units are counted. */
  readonly counts?: RunCounts;
  readonly countsByKind?: RunCountsByKind;
  readonly servers?: Readonly<Record<string, RunServer>>;
  readonly scanKey?: string;
};

interface RunUnitDocument {
  readonly _id: string;
  readonly runId: string;
  readonly unit: string;
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  /** See `narrowingKeys`; absent when all of them were asked for. */
  readonly operations?: string;
  readonly episodes?: string;
  readonly requestedAt: Date;
  /** Exists exactly until the unit has ended. */
  readonly open?: true;
  readonly outcome?: UnitOutcome;
  /** Absent when nothing was written. */
  readonly changedFields?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt?: Date;
}

/** As read once the unit has ended: it always holds the members of a whole unit. */
type EndedUnitDocument = RunUnitDocument & Unit & Required<Pick<RunUnitDocument, 'outcome' | 'finishedAt'>>;

export interface RunRepositoryOptions {
  readonly newId?: () => string;
}

/** Runs and what became of each of their units. Finished ones expire (see the TTL indexes). */
export class RunRepository {
  private readonly runs: Collection<RunDocument>;
  private readonly units: Collection<RunUnitDocument>;
  private readonly unitWriter: BulkWriter<RunUnitDocument>;
  private readonly endings: WriteCollector<RunUnitDocument>;
  private readonly newId: () => string;

  constructor(state: Db, { newId = () => new ObjectId().toHexString() }: RunRepositoryOptions = {}) {
    this.runs = state.collection<RunDocument>('runs');
    this.units = state.collection<RunUnitDocument>('runUnits');
    this.unitWriter = new BulkWriter(this.units);
    this.endings = new WriteCollector(this.unitWriter);
    this.newId = newId;
  }

  /** Returns the run's id. */
  async create({ id = this.newId(), ...run }: NewRun): Promise<string> {
    await this.call('create', () =>
      this.runs.updateOne(
        { _id: id },
        { $setOnInsert: { ...run, status: 'running', planningDone: false } },
        { upsert: true },
      ),
    );
    return id;
  }

  /**
   * Runs that wait for a scan with this key, asked when it starts: it works for all of them, so a request that was merged
   * into another's job ends with that job. A scan that is repeated after a crash claims the same ones.
   */
  claimScan(scanKey: string, requestedUntil?: Date): Promise<Pick<Run, 'id' | 'trigger'>[]> {
    const filter = {
      status: 'running' as const,
      planningDone: false,
      scanKey,
      ...(requestedUntil === undefined ? {} : { startedAt: { $lte: requestedUntil } }),
    };
    return this.call('claimScan', async () => {
      const waiting = await this.runs
        .find(filter, { projection: { trigger: 1 }, sort: { _id: 1 } })
        .toArray();
      return waiting.map(({ _id: id, trigger }) => ({ id, trigger }));
    });
  }

  /** Each unit counts once per run, however often it is planned. Call it before the unit's job exists. */
  async plan(runId: string, units: readonly Unit[], at: Date, narrowing: Narrowing = {}): Promise<void> {
    for (const chunk of chunksOf(units)) {
      await this.unitWriter.writeAll(
        chunk.map((unit) => ({
          kind: 'upsert',
          filter: { _id: `${runId}/${unitKey(unit)}` },
          update: {
            $setOnInsert: {
              runId,
              unit: unitKey(unit),
              ...unitOf(unit),
              ...narrowingKeys(narrowing),
              requestedAt: at,
              open: true,
            },
          },
        })),
      );
    }
  }

  /** What the run's scan found; a server that is scanned again replaces its earlier summary. */
  async recordServers(runId: string, summaries: readonly RunServer[]): Promise<void> {
    if (summaries.length === 0) return;
    const $set = Object.fromEntries(summaries.map((summary) => [`servers.${summary.serverId}`, summary]));
    await this.call('recordServers', () => this.runs.updateOne({ _id: runId }, { $set }));
  }

  /** From now on these runs end with their last open unit. */
  async donePlanning(runIds: string | readonly string[]): Promise<void> {
    const filter = { _id: { $in: [runIds].flat() } };
    await this.call('donePlanning', () => this.runs.updateMany(filter, { $set: { planningDone: true } }));
  }

  /** Ends every request for this unit that was made before its job began: a merged request ends with the job it was merged into. */
  async finishUnit(end: UnitEnding): Promise<void> {
    const { unit, outcome, changedFields, code, message, startedAt, finishedAt } = end;
    await this.endings.write({
      kind: 'apply',
      many: true,
      filter: {
        unit: unitKey(unit),
        open: true,
        requestedAt: { $lte: startedAt },
        // A job for the whole unit answers every request; a narrowed one only those that are narrowed likewise.
        ...narrowingKeys(end),
      },
      update: ending({ outcome, finishedAt, changedFields, code, message }),
    });
  }

  /** Children of these shows that some run still waits for. */
  async findOpenChildren(titles: readonly string[]): Promise<ChildUnit[]> {
    const found: Unit[] = [];
    for (const chunk of chunksOf(titles)) {
      const cursor = this.units.find<Unit>({ ...childrenOf(chunk), open: true }, UNIT_CURSOR);
      found.push(...(await this.call('findOpenChildren', () => cursor.toArray())));
    }
    return distinctChildren(found);
  }

  /**
   * Ends what nobody works on any more; call it only while no job waits or runs. Redis may have been wiped, a producer may
   * have died while it planned, or clocks may disagree. The titles themselves are not lost: what is dirty stays pending.
   */
  async closeAbandoned(requestedBefore: Date, now: Date): Promise<number> {
    const lost = {
      code: 'JOB_LOST' as const,
      message: 'The job is gone; the next scan finds the title if it is dirty',
    };
    const filter = { open: true as const, requestedAt: { $lt: requestedBefore } };
    const open = await this.call('closeAbandoned', () => this.units.countDocuments(filter));
    if (open > 0) {
      const update = ending({ outcome: 'skipped', finishedAt: now, ...lost });
      await this.unitWriter.writeAll([{ kind: 'apply', many: true, filter, update }]);
    }
    const unplanned = await this.call('closeAbandoned', () =>
      this.runs
        .find(
          { status: 'running', planningDone: false, startedAt: { $lt: requestedBefore } },
          { projection: { _id: 1 }, sort: { _id: 1 } },
        )
        .toArray(),
    );
    for (const { _id: runId } of unplanned) await this.fail(runId, lost, now);
    return open + unplanned.length;
  }

  /** Closes every run that is planned and has no open unit. Returns those that this call closed: each run once, over all callers. */
  async settle(now: Date): Promise<Run[]> {
    const candidates = await this.call('settle', () =>
      this.runs.find({ status: 'running', planningDone: true }, { sort: { _id: 1 } }).toArray(),
    );
    const settled: Run[] = [];
    for (const { _id: runId } of candidates) {
      const open = await this.call('settle', () =>
        this.units.findOne({ runId, open: true }, { projection: { _id: 1 } }),
      );
      if (open !== null) continue;
      const closed = await this.close(runId, { status: 'done', finishedAt: now });
      if (closed !== null) settled.push(closed);
    }
    return settled;
  }

  /** The run itself failed. Its open units end as skipped: nobody waits for them any more. */
  async fail(runId: string, error: RunError, at: Date): Promise<Run | null> {
    const { code, message } = error;
    await this.unitWriter.writeAll([
      {
        kind: 'apply',
        many: true,
        filter: { runId, open: true },
        update: ending({ outcome: 'skipped', finishedAt: at, code, message }),
      },
    ]);
    return this.close(runId, { status: 'failed', finishedAt: at, error: { code, message } });
  }

  async get(runId: string): Promise<Run | null> {
    const document = await this.call('get', () => this.runs.findOne({ _id: runId }));
    return document === null ? null : this.toRun(document);
  }

  /** Whether further units may become part of the run. */
  async isPlanning(runId: string): Promise<boolean> {
    const filter = { _id: runId, status: 'running' as const, planningDone: false };
    const run = await this.call('isPlanning', () => this.runs.findOne(filter, { projection: { _id: 1 } }));
    return run !== null;
  }

  /** Newest first. */
  async list({ limit }: ListRunsOptions): Promise<Run[]> {
    const documents = await this.call('list', () =>
      this.runs.find({}, { sort: { startedAt: -1, _id: -1 }, limit }).toArray(),
    );
    return Promise.all(documents.map((document) => this.toRun(document)));
  }

  /** Units of the run that failed, the first few by title; how many there are is in the run's counts. */
  failures(runId: string, { limit }: ListRunsOptions): Promise<UnitFailure[]> {
    return this.call('failures', async () => {
      const units = await this.units
        .find({ runId, outcome: 'failed' }, { sort: { title: 1 }, limit })
        .toArray();
      return units.map(({ kind, title, season, code = 'UNEXPECTED', message = '' }) => ({
        kind,
        title,
        ...(season === undefined ? {} : { season }),
        code,
        message,
      }));
    });
  }

  /** Every unit of the run that has ended, in no particular order. */
  async *streamEnded(runId: string): AsyncGenerator<RunUnit> {
    const cursor = this.units.find<EndedUnitDocument>({ runId, outcome: { $exists: true } });
    const operation = { collection: 'runUnits', operation: 'streamEnded' };
    for await (const document of databaseStream(operation, cursor)) {
      const { outcome, changedFields = [], code, message, finishedAt } = document;
      yield {
        unit: unitOf(document),
        outcome,
        changedFields,
        finishedAt,
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      };
    }
  }

  /** Null when somebody else has closed the run. */
  private async close(
    runId: string,
    end: Pick<RunDocument, 'status' | 'finishedAt' | 'error'>,
  ): Promise<Run | null> {
    const tally = await this.countUnits(runId);
    const document = await this.call('close', () =>
      this.runs.findOneAndUpdate(
        { _id: runId, status: 'running' },
        { $set: { ...end, ...tally } },
        { returnDocument: 'after' },
      ),
    );
    return document === null ? null : this.toRun(document);
  }

  private async toRun({ _id, counts, countsByKind, servers, ...run }: RunDocument): Promise<Run> {
    const tally = counts && countsByKind ? { counts, countsByKind } : await this.countUnits(_id);
    return { ...run, ...tally, id: _id, servers: Object.values(servers ?? {}) };
  }

  private async countUnits(runId: string): Promise<UnitTally> {
    const groups = await this.call('countUnits', () =>
      this.units
        .aggregate<UnitGroup>([
          { $match: { runId } },
          {
            $group: {
              _id: { kind: '$kind', outcome: { $ifNull: ['$outcome', 'open'] } },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray(),
    );
    return tallyUnits(groups);
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'runs', operation }, work);
  }
}

function ending({
  outcome,
  finishedAt,
  changedFields = [],
  code,
  message,
}: {
  outcome: UnitOutcome;
  finishedAt: Date;
  changedFields?: readonly string[] | undefined;
  code: string | undefined;
  message: string | undefined;
}): UpdateFilter<RunUnitDocument> {
  return {
    $set: {
      outcome,
      finishedAt,
      ...(changedFields.length === 0 ? {} : { changedFields }),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    },
    $unset: { open: true },
  };
}
