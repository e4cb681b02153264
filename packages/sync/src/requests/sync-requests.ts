import { ReelsyncError, toReelsyncError, type Operation, type Unit } from '@reelsync/core';
import type { DatabaseAdapter, RunTrigger } from '@reelsync/database';
import { allMovies, inChunks, UnitPlanner, type Urgency } from '@reelsync/domain';
import { scanKey, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { QueueUnitEnqueuer } from './queue-unit-enqueuer';

export interface RequestOrigin {
  readonly trigger: RunTrigger;
  readonly urgency: Urgency;
  /** Who asked, for the record: a webhook's server id, a user name. Never a secret. */
  readonly requester?: string;
}

export interface ScanRequestOptions extends RequestOrigin {
  readonly serverIds: readonly string[];
  readonly full?: boolean;
  readonly force?: boolean;
  readonly acceptShrunken?: boolean;
}

export interface TitlesRequestOptions extends RequestOrigin {
  readonly operations?: readonly Operation[];
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

/** What became of a request. A merged request has its own run, which ends with the work that it was merged into. */
export interface RequestReceipt {
  readonly runId: string;
  readonly status: 'created' | 'merged';
}

/**
 * The one way in for everything that wants something synced: each request becomes a run, then jobs. The run is stored
 * before the job exists, so that a job can never end without its run knowing.
 */
export class SyncRequests {
  private readonly planner: UnitPlanner;

  constructor(
    private readonly database: Pick<DatabaseAdapter, 'runs' | 'gates' | 'inventory'>,
    private readonly producer: JobProducer<JobPayloads>,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.planner = new UnitPlanner(database.runs, new QueueUnitEnqueuer(producer), now);
  }

  /** Asks for a scan of these servers. Throws QUEUE_UNAVAILABLE or DATABASE_UNAVAILABLE; then nothing was started. */
  async requestScan(options: ScanRequestOptions): Promise<RequestReceipt> {
    const { runs } = this.database;
    const payload = {
      v: 1 as const,
      serverIds: [...options.serverIds].sort(),
      full: options.full ?? false,
      force: options.force ?? false,
      acceptShrunken: options.acceptShrunken ?? false,
    };
    const runId = await runs.create({
      trigger: options.trigger,
      scope: { kind: 'servers', serverIds: payload.serverIds, full: payload.full, force: payload.force },
      scanKey: scanKey(payload),
      startedAt: this.now(),
      ...(options.requester === undefined ? {} : { requester: options.requester }),
    });
    try {
      const result = await this.producer.enqueue('library.scan', payload, { priority: options.urgency });
      if (result.status !== 'rejected') return { runId, status: result.status };
      throw new ReelsyncError(result.code, result.message);
    } catch (error) {
      await runs.fail(runId, toReelsyncError(error), this.now());
      throw error;
    }
  }

  /** Asks for these movies (folder names), or for all of the inventory. */
  async requestMovies(
    titles: AsyncIterable<string> | 'all',
    options: TitlesRequestOptions,
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    const runId = await runs.create({
      trigger: options.trigger,
      scope: { kind: 'titles', domain: 'movies', all: titles === 'all', force: options.force ?? false },
      startedAt: this.now(),
      ...(options.requester === undefined ? {} : { requester: options.requester }),
    });
    try {
      await this.planner.plan(this.unitsOf(titles, options.force ?? false), {
        runIds: [runId],
        urgency: options.urgency,
        signal: options.signal,
        ...(options.operations === undefined ? {} : { operations: options.operations }),
      });
      await runs.donePlanning([runId]);
      await runs.settle(this.now());
      return { runId, status: 'created' };
    } catch (error) {
      await runs.fail(runId, toReelsyncError(error), this.now());
      throw error;
    }
  }

  private async *unitsOf(titles: AsyncIterable<string> | 'all', force: boolean): AsyncIterable<Unit> {
    const units = titles === 'all' ? allMovies(this.database) : moviesNamed(titles);
    for await (const chunk of inChunks(units)) {
      if (force) await this.requestForce(chunk);
      yield* chunk;
    }
  }

  /**
   * A mark in MongoDB and not a flag in the job: it survives merging and a wiped Redis (decision 0005). A title that no
   * server ever listed gets none, for no job could ever answer it.
   */
  private async requestForce(units: readonly Unit[]): Promise<void> {
    const { inventory, gates } = this.database;
    const known = await inventory.findKnown(
      'movie',
      units.map(({ title }) => title),
    );
    await gates.requestForce(
      units.filter(({ title }) => known.has(title)),
      this.now(),
    );
  }
}

async function* moviesNamed(titles: AsyncIterable<string>): AsyncIterable<Unit> {
  for await (const title of titles) yield { kind: 'movie', title };
}
