import { unitKey, type UnitKind } from '@reelsync/core';
import type { DatabaseAdapter, OpenUnit, RunScope } from '@reelsync/database';
import { dirtyUnits, inChunks, UnitOrder, UnitPlanner, type Urgency } from '@reelsync/domain';
import { scanOfKey, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { mustBeTaken } from '../requests/must-be-taken';
import type { ListedFirst } from '../requests/listed-first';
import { openUnitChunks } from '../requests/open-unit-chunks';
import { QueueUnitEnqueuer } from '../requests/queue-unit-enqueuer';
import { UnitJobs } from '../requests/unit-jobs';
import { urgencyOfAll, urgencyOfUnits } from '../requests/urgency';
import type { TitleWatcher } from '../watch/title-watcher';

export interface SweepOptions {
  readonly database: Pick<DatabaseAdapter, 'runs' | 'inventory' | 'gates'>;
  readonly producer: JobProducer<JobPayloads>;
  readonly listedFirst: Pick<ListedFirst, 'revive'>;
  readonly watcher: Pick<TitleWatcher, 'revive'>;
  readonly now: () => Date;
  /** Younger ones may be on their way to the queue. */
  readonly minAgeMs: number;
  /** A producer that planned nothing for so long is dead; default a quarter of an hour. */
  readonly producerSilenceMs?: number;
}

export interface SweepRequest {
  /** Of those who asked for the sweep. Without any, it gets one of its own if it finds dirty units without a job. */
  readonly runIds: readonly string[];
  readonly signal: AbortSignal;
}

export interface SweepReport {
  readonly runIds: readonly string[];
  /** Dirty units that had no job and nobody waiting for them. */
  readonly planned: number;
  /** Jobs that runs waited for and that were gone: scans, units, watches. */
  readonly revived: number;
}

const PRODUCER_SILENCE_MS = 15 * 60_000;
/** Units whose listings are longer in coming start all the same: the queue of scans is paused, for instance. */
const SCAN_PATIENCE_MS = 30 * 60_000;
/** Parents before children. */
const KINDS: readonly UnitKind[] = ['movie', 'show', 'season', 'episodes'];

/**
 * Finds what should have a job and has none, and gives it one: after Redis was wiped or restored from an old copy, after a
 * process died between two writes. MongoDB knows all of it (design decision 1), so every run ends with true counts.
 */
export class Sweep {
  private readonly planner: UnitPlanner;
  private readonly order: UnitOrder;
  private readonly jobs: UnitJobs;

  constructor(private readonly options: SweepOptions) {
    const { database, producer, now } = options;
    this.planner = new UnitPlanner(database.runs, new QueueUnitEnqueuer(producer), now);
    this.order = new UnitOrder({ ...database, now });
    this.jobs = new UnitJobs(producer);
  }

  async sweep(request: SweepRequest): Promise<SweepReport> {
    const { database, listedFirst, watcher, now, minAgeMs } = this.options;
    const before = new Date(now().getTime() - minAgeMs);
    await this.failSilentProducers();
    const revived =
      (await this.reviveScans(before)) +
      (await listedFirst.revive(before)) +
      (await this.reviveUnits(before, request.signal)) +
      (await watcher.revive());
    const dirty = await this.planDirty(before, request);
    await database.runs.settle(now());
    return { ...dirty, revived };
  }

  private async failSilentProducers(): Promise<void> {
    const { database, now, producerSilenceMs = PRODUCER_SILENCE_MS } = this.options;
    const silent = await database.runs.findUnfinishedPlanning(new Date(now().getTime() - producerSilenceMs));
    const error = {
      code: 'JOB_LOST',
      message: 'Whoever made the request stopped before all of it was enqueued',
    };
    for (const id of silent) await database.runs.fail(id, error, now());
  }

  private async reviveScans(before: Date): Promise<number> {
    const { database, producer } = this.options;
    let revived = 0;
    for (const { key, scope, triggers } of await database.runs.scans.findWaiting(before)) {
      const scan = scanOfKey(key);
      if (scan === undefined) {
        revived += await this.reviveTrigger(scope);
        continue;
      }
      const [lost] = await producer.waiting.without('library.scan', [scan]);
      if (lost === undefined) continue;
      mustBeTaken(await producer.enqueue('library.scan', lost, { priority: urgencyOfAll(triggers) }));
      revived += 1;
    }
    return revived;
  }

  private async reviveTrigger({ kind }: RunScope): Promise<number> {
    if (kind !== 'sweep' && kind !== 'retention') return 0;
    const { producer } = this.options;
    const [lost] = await producer.waiting.without('schedule.trigger', [
      { v: 1, schedule: kind, byHand: true },
    ]);
    if (lost === undefined) return 0;
    mustBeTaken(await producer.enqueue('schedule.trigger', lost, { priority: 'person' }));
    return 1;
  }

  /** Units of runs keep their run: it ends with what their new job does. Those that wait for a listing start after it. */
  private async reviveUnits(before: Date, signal: AbortSignal): Promise<number> {
    const { database, now } = this.options;
    const { runs } = database;
    await runs.stopWaiting({ requestedBefore: new Date(now().getTime() - SCAN_PATIENCE_MS) });
    let revived = 0;
    for await (const chunk of openUnitChunks(runs.streamOpen({ requestedBefore: before }))) {
      signal.throwIfAborted();
      const runId = chunk[0]?.runId ?? '';
      const origin = await runs.findOrigin(runId);
      if (origin === null) await this.closeLeftOver(runId);
      else revived += await this.revive(chunk, runId, urgencyOfUnits(origin));
    }
    return revived;
  }

  private async revive(chunk: readonly OpenUnit[], runId: string, urgency: Urgency): Promise<number> {
    const narrowing = chunk[0]?.narrowing ?? {};
    const lost = await this.jobs.without(
      chunk.map(({ unit }) => unit),
      narrowing,
    );
    const units = lost.length === 0 ? [] : await this.order.withCleanParents(lost);
    if (units.length === 0) return 0;
    await this.planner.start(units, {
      runIds: [runId],
      urgency,
      ...narrowing,
    });
    return units.length;
  }

  /** A producer added units to a run that had been cancelled, or whoever ended the run died in between. */
  private async closeLeftOver(runId: string): Promise<void> {
    const { database, now } = this.options;
    await database.runs.skipOpen(runId, { code: 'RUN_CANCELLED', message: 'The run has ended' }, now());
  }

  private async planDirty(before: Date, request: SweepRequest): Promise<Omit<SweepReport, 'revived'>> {
    const { database, now } = this.options;
    const { signal } = request;
    let { runIds } = request;
    let planned = 0;
    for (const kind of KINDS) {
      for await (const units of inChunks(dirtyUnits(database, kind, now(), before))) {
        signal.throwIfAborted();
        const open = await database.runs.findOpen(units);
        const lost = await this.jobs.without(units.filter((unit) => !open.has(unitKey(unit))));
        const wanted = lost.length === 0 ? [] : await this.order.withCleanParents(lost);
        if (wanted.length === 0) continue;
        if (runIds.length === 0) runIds = [await this.createRun()];
        planned += await this.planner.plan(wanted, { runIds, urgency: 'sweep', signal });
      }
    }
    await database.runs.donePlanning(runIds);
    return { planned, runIds };
  }

  private createRun(): Promise<string> {
    const { database, now } = this.options;
    return database.runs.create({ trigger: 'schedule', scope: { kind: 'sweep' }, startedAt: now() });
  }
}
