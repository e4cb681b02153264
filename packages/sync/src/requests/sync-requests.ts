import {
  narrowingOf,
  ReelsyncError,
  toReelsyncError,
  type Operation,
  type ShowRecord,
  type Unit,
} from '@reelsync/core';
import type { DatabaseAdapter, RunTrigger } from '@reelsync/database';
import { allUnits, UnitPlanner, type PlanRequest, type Urgency } from '@reelsync/domain';
import { scanKey, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { markForced } from './mark-forced';
import { QueueUnitEnqueuer } from './queue-unit-enqueuer';
import { seasonsIn } from './seasons-in';

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

export interface SeasonsRequestOptions extends TitlesRequestOptions {
  /** Only these; left out: every season that a server lists. */
  readonly seasons?: readonly number[];
}

export interface EpisodesRequestOptions extends SeasonsRequestOptions {
  /** Only those with these numbers; left out: all episodes of the seasons. */
  readonly episodes?: readonly number[];
}

export interface UnitsRequestOptions
  extends TitlesRequestOptions, Pick<EpisodesRequestOptions, 'episodes'>, Pick<PlanRequest, 'mayStart'> {}

/** Folder names, or everything in the inventory. */
type Titles = AsyncIterable<string> | 'all';

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
  requestMovies(titles: Titles, options: TitlesRequestOptions): Promise<RequestReceipt> {
    return this.requestUnits('movies', titles, this.titlesOf('movie', titles), options);
  }

  /** Asks for these shows (folder names), or for all; their seasons and episodes follow as far as they have changed. */
  requestShows(titles: Titles, options: TitlesRequestOptions): Promise<RequestReceipt> {
    return this.requestUnits('shows', titles, this.titlesOf('show', titles), options);
  }

  /** Asks for seasons of these shows (folder names), or for all seasons. */
  requestSeasons(titles: Titles, options: SeasonsRequestOptions): Promise<RequestReceipt> {
    return this.requestUnits('seasons', titles, this.seasonsOf('season', titles, options), options);
  }

  /** Asks for the episodes of seasons of these shows (folder names), or for all episodes. */
  async requestEpisodes(titles: Titles, options: EpisodesRequestOptions): Promise<RequestReceipt> {
    // The mark of a forced sync stands on the gate, and only a job for the whole season can answer it.
    if (options.force === true && options.episodes !== undefined)
      throw new ReelsyncError('ARGUMENTS_INVALID', 'Only whole seasons can be forced, not single episodes.');
    return this.requestUnits('episodes', titles, this.seasonsOf('episodes', titles, options), options);
  }

  /** Asks for exactly these units; `titles` is what the caller asked for, for the record. */
  async requestUnits(
    domain: string,
    titles: Titles,
    units: AsyncIterable<Unit>,
    options: UnitsRequestOptions,
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    const force = options.force ?? false;
    const runId = await runs.create({
      trigger: options.trigger,
      scope: { kind: 'titles', domain, all: titles === 'all', force },
      startedAt: this.now(),
      ...(options.requester === undefined ? {} : { requester: options.requester }),
    });
    try {
      await this.planner.plan(force ? markForced(this.database, units, this.now) : units, {
        runIds: [runId],
        urgency: options.urgency,
        signal: options.signal,
        ...narrowingOf(options),
        ...(options.mayStart === undefined ? {} : { mayStart: options.mayStart }),
      });
      await runs.donePlanning([runId]);
      await runs.settle(this.now());
      return { runId, status: 'created' };
    } catch (error) {
      await runs.fail(runId, toReelsyncError(error), this.now());
      throw error;
    }
  }

  private titlesOf(kind: 'movie' | 'show', titles: Titles): AsyncIterable<Unit> {
    return titles === 'all' ? allUnits(this.database, kind) : unitsNamed(kind, titles);
  }

  private seasonsOf(
    kind: 'season' | 'episodes',
    titles: Titles,
    { seasons }: SeasonsRequestOptions,
  ): AsyncIterable<Unit> {
    return titles === 'all' ? allUnits(this.database, kind) : this.seasonsNamed(kind, titles, seasons);
  }

  private async *seasonsNamed(
    kind: 'season' | 'episodes',
    titles: AsyncIterable<string>,
    wanted: readonly number[] | undefined,
  ): AsyncIterable<Unit> {
    for await (const title of titles) {
      const seasons = wanted ?? (await this.listedSeasons(title));
      for (const season of seasons) yield { kind, title, season };
    }
  }

  private async listedSeasons(title: string): Promise<readonly number[]> {
    const entries = await this.database.inventory.load<ShowRecord>({ kind: 'show', title });
    if (entries.length === 0)
      throw new ReelsyncError('TITLE_UNKNOWN', `No server lists show '${title}'`, { context: { title } });
    return seasonsIn(entries);
  }
}

async function* unitsNamed(kind: 'movie' | 'show', titles: AsyncIterable<string>): AsyncIterable<Unit> {
  for await (const title of titles) yield { kind, title };
}
