import { narrowingOf, ReelsyncError, toReelsyncError, type ShowRecord, type Unit } from '@reelsync/core';
import type { DatabaseAdapter, ListingKind, NewRun, RunDomain, RunScope } from '@reelsync/database';
import { allUnits, UnitPlanner } from '@reelsync/domain';
import { scanKey, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { TitleWatcher, type TitleUntilListedRequest } from '../watch/title-watcher';
import { DEFAULT_WATCH_PACE, type WatchPace } from '../watch/watch-pace';
import { alikeFailedUnits, type FailedUnit, type FailedUnitsRequestOptions } from './failed-units';
import { ListedFirst } from './listed-first';
import { ListingFreshness } from './listing-freshness';
import { markForced } from './mark-forced';
import { mustBeTaken } from './must-be-taken';
import { QueueUnitEnqueuer } from './queue-unit-enqueuer';
import type {
  EpisodesRequestOptions,
  RequestOrigin,
  RequestReceipt,
  ScanRequestOptions,
  SeasonsRequestOptions,
  Titles,
  TitlesRequestOptions,
  UnitsRequestOptions,
} from './request';
import { scanOf } from './scan-payload';
import { seasonsIn } from './seasons-in';
import { UnitJobs } from './unit-jobs';

export interface SyncRequestsOptions {
  /** Enabled servers. Without any, requests for titles rely on the inventory as it is. */
  readonly serverIds?: readonly string[];
  /** A request for titles reads no listing that was read less than this ago; default a minute. */
  readonly listingMaxAgeMs?: number;
  readonly watchPace?: Partial<WatchPace>;
  readonly now?: () => Date;
}

type RequestsDatabase = Pick<DatabaseAdapter, 'runs' | 'gates' | 'inventory' | 'listings' | 'titleWatches'>;

type NarrowedOptions = TitlesRequestOptions & Pick<EpisodesRequestOptions, 'episodes'>;

const LISTING_MAX_AGE_MS = 60_000;
/** How many titles a run names; it may be asked for hundreds of thousands. */
const NAMED_TITLES = 10;

/**
 * The one way in for everything that wants something synced: each request becomes a run, then jobs. The run is stored
 * before the job exists, so that a job can never end without its run knowing.
 */
export class SyncRequests {
  private readonly planner: UnitPlanner;
  private readonly jobs: UnitJobs;
  private readonly freshness: ListingFreshness;
  private readonly listedFirst: ListedFirst;
  private readonly watcher: TitleWatcher;
  private readonly serverIds: readonly string[];
  private readonly now: () => Date;

  constructor(
    private readonly database: RequestsDatabase,
    private readonly producer: JobProducer<JobPayloads>,
    options: SyncRequestsOptions = {},
  ) {
    const { serverIds = [], listingMaxAgeMs: maxAgeMs = LISTING_MAX_AGE_MS, watchPace: pace } = options;
    const { now = () => new Date() } = options;
    this.now = now;
    this.serverIds = serverIds;
    this.planner = new UnitPlanner(database.runs, new QueueUnitEnqueuer(producer), now);
    this.jobs = new UnitJobs(producer);
    this.freshness = new ListingFreshness({ listings: database.listings, serverIds, maxAgeMs, now });
    this.listedFirst = new ListedFirst({ runs: database.runs, producer, now, listingMaxAgeMs: maxAgeMs });
    this.watcher = new TitleWatcher({ database, producer, now, pace: { ...DEFAULT_WATCH_PACE, ...pace } });
  }

  /** Asks for a scan of these servers. Throws QUEUE_UNAVAILABLE or DATABASE_UNAVAILABLE; then nothing was started. */
  async requestScan(options: ScanRequestOptions): Promise<RequestReceipt> {
    const scan = scanOf(options.serverIds, options);
    const { serverIds, full, force, acceptShrunken } = scan;
    const isAll = this.serverIds.length > 0 && this.serverIds.every((id) => serverIds.includes(id));
    return this.record(
      options,
      {
        scope: { kind: isAll ? 'all' : 'servers', serverIds, full, force, acceptShrunken },
        scanKey: scanKey(scan),
      },
      async () =>
        mustBeTaken(await this.producer.enqueue('library.scan', scan, { priority: options.urgency })),
    );
  }

  /** Asks for these movies (folder names), or for all of the inventory. */
  requestMovies(titles: Titles, options: TitlesRequestOptions): Promise<RequestReceipt> {
    return this.requestTitles('movies', titles, (all) => this.titlesOf('movie', all), options);
  }

  /** Asks for these shows (folder names), or for all; their seasons and episodes follow as far as they have changed. */
  requestShows(titles: Titles, options: TitlesRequestOptions): Promise<RequestReceipt> {
    return this.requestTitles('shows', titles, (all) => this.titlesOf('show', all), options);
  }

  /** Asks for seasons of these shows (folder names), or for all seasons. */
  requestSeasons(titles: Titles, options: SeasonsRequestOptions): Promise<RequestReceipt> {
    return this.requestTitles(
      'seasons',
      titles,
      (all, isListingStale) => this.seasonsOf('season', all, options, isListingStale),
      options,
    );
  }

  /** Asks for the episodes of seasons of these shows (folder names), or for all episodes. */
  async requestEpisodes(titles: Titles, options: EpisodesRequestOptions): Promise<RequestReceipt> {
    // The mark of a forced sync stands on the gate, and only a job for the whole season can answer it.
    if (options.force === true && options.episodes !== undefined)
      throw new ReelsyncError('ARGUMENTS_INVALID', 'Only whole seasons can be forced, not single episodes.');
    return this.requestTitles(
      'episodes',
      titles,
      (all, isListingStale) => this.seasonsOf('episodes', all, options, isListingStale),
      options,
    );
  }

  /**
   * Asks for one title as soon as its servers list a change of it: for those who know of a file before the file server
   * does. Servers: all that are enabled, unless told otherwise. The run ends with the title's job, or as failed
   * (CHANGE_NOT_LISTED) when time is up.
   */
  requestTitleUntilListed(
    request: Omit<TitleUntilListedRequest, 'serverIds'> & { readonly serverIds?: readonly string[] },
  ): Promise<RequestReceipt> {
    return this.watcher.request({ ...request, serverIds: request.serverIds ?? this.serverIds });
  }

  /** Asks for exactly these units, of an inventory that is up to date; `titles` is what the caller asked for, for the record. */
  async requestUnits(
    domain: RunDomain,
    titles: Titles,
    units: AsyncIterable<Unit>,
    options: UnitsRequestOptions,
  ): Promise<RequestReceipt> {
    const named = titles === 'all' ? undefined : await peek(titles, NAMED_TITLES);
    const marked = this.marked(units, options);
    return this.requestNow(scopeOf(domain, named?.first, options), marked, options);
  }

  /** Asks anew for units whose jobs had failed, for what those were to do and as urgently; merges with what is under way. */
  requestFailedUnits(
    failed: readonly FailedUnit[],
    { filter, signal, ...origin }: FailedUnitsRequestOptions,
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    return this.record(origin, { scope: { kind: 'failed-jobs', filter } }, async (runId) => {
      for (const { units, urgency, narrowing } of alikeFailedUnits(failed))
        await this.planner.plan(units, { runIds: [runId], urgency, signal, ...narrowing });
      await runs.donePlanning(runId);
      await runs.settle(this.now(), [runId]);
      return 'created';
    });
  }

  private async requestTitles(
    domain: RunDomain,
    titles: Titles,
    unitsOf: (titles: Titles, isListingStale: boolean) => AsyncIterable<Unit>,
    options: NarrowedOptions,
  ): Promise<RequestReceipt> {
    const named = titles === 'all' ? undefined : await peek(titles, NAMED_TITLES);
    const listing = listingOf(domain);
    const stale = named === undefined ? [] : await this.freshness.staleServers(listing);
    const units = unitsOf(named?.all ?? 'all', stale.length > 0);
    const scope = scopeOf(domain, named?.first, options);
    const marked = this.marked(units, options);
    return stale.length === 0
      ? this.requestNow(scope, marked, options)
      : this.requestOnceListed(scope, marked, options, { listing, stale });
  }

  private marked(
    units: AsyncIterable<Unit>,
    { force, operations }: Pick<UnitsRequestOptions, 'force' | 'operations'>,
  ): AsyncIterable<Unit> {
    return force === true ? markForced(this.database, units, this.now, operations) : units;
  }

  private requestNow(
    scope: RunScope,
    units: AsyncIterable<Unit>,
    options: UnitsRequestOptions,
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    return this.record(options, { scope }, async (runId) => {
      await this.planner.plan(units, {
        runIds: [runId],
        urgency: options.urgency,
        signal: options.signal,
        stopsWithRuns: true,
        ...narrowingOf(options),
        ...(options.mayStart === undefined ? {} : { mayStart: options.mayStart }),
      });
      await runs.donePlanning(runId);
      await runs.settle(this.now(), [runId]);
      return 'created';
    });
  }

  private requestOnceListed(
    scope: RunScope,
    units: AsyncIterable<Unit>,
    options: NarrowedOptions,
    { listing, stale }: { readonly listing: ListingKind; readonly stale: readonly string[] },
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    const { urgency, signal } = options;
    return this.record(options, { scope, unreadServers: stale }, async (runId) => {
      await this.planner.plan(units, {
        runIds: [runId],
        urgency,
        signal,
        stopsWithRuns: true,
        waits: true,
        ...narrowingOf(options),
        // A job that waits already for other reasons becomes as urgent at once; it does not answer before the listings are read.
        mayStart: async (chunk) => {
          await this.jobs.hasten(chunk, urgency, narrowingOf(options));
          return [];
        },
      });
      const unread = await this.freshness.staleServers(listing);
      const read = stale.filter((serverId) => !unread.includes(serverId));
      await this.listedFirst.alreadyRead(runId, read);
      // After its units are known: what these scans find is then left to it.
      const asked = stale.filter((serverId) => unread.includes(serverId));
      await this.listedFirst.askForScans(asked, urgency);
      await runs.donePlanning(runId);
      await this.listedFirst.startIfRead(runId, urgency);
      await runs.settle(this.now(), [runId]);
      return 'created';
    });
  }

  /** The run is stored before what it asks for exists; when that cannot be enqueued, the run fails. */
  private async record(
    { trigger, requester }: Omit<RequestOrigin, 'urgency'>,
    run: Pick<NewRun, 'scope' | 'scanKey' | 'unreadServers'>,
    enqueue: (runId: string) => Promise<RequestReceipt['status']>,
  ): Promise<RequestReceipt> {
    const { runs } = this.database;
    const origin = { trigger, startedAt: this.now(), ...(requester === undefined ? {} : { requester }) };
    const runId = await runs.create({ ...run, ...origin });
    try {
      return { runId, status: await enqueue(runId) };
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
    isListingStale: boolean,
  ): AsyncIterable<Unit> {
    if (titles === 'all') return allUnits(this.database, kind);
    return seasons === undefined
      ? this.listedSeasons(kind, titles, isListingStale)
      : seasonsNamed(kind, titles, seasons);
  }

  /**
   * Which seasons there are says the inventory. Where its listing is to be read first, the show itself is asked for too: it
   * brings the seasons that are new, or says that no server lists it.
   */
  private async *listedSeasons(
    kind: 'season' | 'episodes',
    titles: AsyncIterable<string>,
    isListingStale: boolean,
  ): AsyncIterable<Unit> {
    for await (const title of titles) {
      const entries = await this.database.inventory.load<ShowRecord>({ kind: 'show', title });
      if (isListingStale) yield { kind: 'show', title };
      else if (entries.length === 0)
        throw new ReelsyncError('TITLE_UNKNOWN', `No server lists show '${title}'`, { context: { title } });
      for (const season of seasonsIn(entries)) yield { kind, title, season };
    }
  }
}

async function* seasonsNamed(
  kind: 'season' | 'episodes',
  titles: AsyncIterable<string>,
  seasons: readonly number[],
): AsyncIterable<Unit> {
  for await (const title of titles) for (const season of seasons) yield { kind, title, season };
}

async function* unitsNamed(kind: 'movie' | 'show', titles: AsyncIterable<string>): AsyncIterable<Unit> {
  for await (const title of titles) yield { kind, title };
}

function scopeOf(
  domain: RunDomain,
  titles: readonly string[] | undefined,
  options: NarrowedOptions,
): RunScope {
  return {
    kind: titles === undefined ? 'domain' : 'titles',
    domain,
    force: options.force ?? false,
    ...narrowingOf(options),
    ...(titles === undefined ? {} : { titles }),
  };
}

function listingOf(domain: RunDomain): ListingKind {
  return domain === 'movies' ? 'movies' : 'tv';
}

/** The first few items, and all of them. */
async function peek<T>(
  items: AsyncIterable<T>,
  limit: number,
): Promise<{ readonly first: readonly T[]; readonly all: AsyncIterable<T> }> {
  const iterator = items[Symbol.asyncIterator]();
  const first: T[] = [];
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    first.push(next.value);
    if (first.length === limit) break;
  }
  const rest: AsyncIterable<T> = { [Symbol.asyncIterator]: () => iterator };
  return {
    first,
    all: (async function* () {
      yield* first;
      yield* rest;
    })(),
  };
}
