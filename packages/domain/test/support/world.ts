import {
  byPrecedence,
  DEFAULT_SERVER_TIMEOUTS,
  type MediaServer,
  type MovieRecord,
  type ToUrl,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import {
  connectDatabase,
  DatabaseAdapter,
  type DatabaseConnection,
  type Gate,
  type InventoryEntry,
  type Run,
  type StoredMovie,
} from '@reelsync/database';
import {
  ChildUnits,
  createAuthority,
  createFileReader,
  EpisodeSyncService,
  InventoryRefresh,
  movieListing,
  MovieSyncService,
  ParentDesk,
  ScanService,
  SeasonSyncService,
  tvListing,
  TVShowSyncService,
  UnitOrder,
  UnitPlanner,
  type ScanRequest,
  type ServerScan,
  type UnitContext,
} from '@reelsync/domain';
import { FileServers } from '@reelsync/file-server';
import { testMongoUri, uniqueName } from '../../../../tests/support';
import { DirectUnits, type UnitEnd } from './direct-units';

export interface WorldOptions {
  readonly servers: readonly MediaServer[];
  readonly fieldCleanup?: 'enforce' | 'dry-run' | 'off';
  /** Read the TV listings too. */
  readonly tv?: boolean;
  /** Without the indexes there is no unique key; only for suites that make many worlds. */
  readonly indexes?: boolean;
}

export interface Scan {
  readonly servers: ReadonlyMap<string, ServerScan>;
  readonly planned: number;
  readonly units: readonly UnitEnd[];
  readonly run: Run;
}

export interface Versions {
  readonly schemaVersion?: number;
  readonly recordsVersion?: number;
}

/** Commands that change documents, apart from the book-keeping of runs, leases and when a listing was checked. */
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify']);
const BOOK_KEEPING = new Set<unknown>(['runs', 'runUnits', 'leases']);
const isCheckNote = (command: object): boolean => JSON.stringify(command).includes('{"$max":{"checkedAt"');

/** One installation of Reelsync without a queue: real database, real HTTP, units run in this process. */
export class World {
  readonly database: DatabaseAdapter;
  readonly units: DirectUnits;
  scans!: ScanService;
  movieSync!: MovieSyncService;
  showSync!: TVShowSyncService;
  seasonSync!: SeasonSyncService;
  episodeSync!: EpisodeSyncService;
  private children!: ChildUnits;
  private fileServers!: FileServers;
  servers: readonly MediaServer[] = [];
  /** Other versions than those of today, from the next restart on. */
  versions: Versions = {};
  private writes: string[] = [];
  private clockOffsetMs = 0;

  readonly now = (): Date => new Date(Date.now() + this.clockOffsetMs);

  private constructor(
    readonly connection: DatabaseConnection,
    private readonly fieldCleanup: 'enforce' | 'dry-run' | 'off',
    private readonly tv: boolean,
  ) {
    this.database = new DatabaseAdapter(connection, { now: this.now });
    this.units = new DirectUnits({
      sync: (unit, context) => this.syncUnit(unit, context),
      children: () => this.children,
      runs: this.database.runs,
      runUnits: this.database.runUnits,
      now: this.now,
    });
    connection.catalogue.client.on('commandStarted', ({ commandName, command }) => {
      const collection: unknown = command[commandName];
      if (WRITES.has(commandName) && !BOOK_KEEPING.has(collection) && !isCheckNote(command))
        this.writes.push(`${commandName} ${String(collection)}`);
    });
  }

  static async create({
    servers,
    fieldCleanup = 'enforce',
    tv = false,
    indexes = true,
  }: WorldOptions): Promise<World> {
    const uri = new URL(testMongoUri());
    uri.pathname ||= '/';
    uri.searchParams.set('monitorCommands', 'true');
    const connection = await connectDatabase({
      uri: uri.href,
      catalogueName: uniqueName('domain-media'),
      stateName: uniqueName('domain-state'),
      minPoolSize: 1,
    });
    const world = new World(connection, fieldCleanup, tv);
    if (indexes) await world.database.initialize();
    world.configure(servers);
    return world;
  }

  /** Starts Reelsync anew with these servers, over the same database. */
  /** Of scans from the next restart on. */
  plannedAnyway: number | undefined;

  async restart(servers: readonly MediaServer[] = this.servers): Promise<void> {
    await this.fileServers.close();
    this.configure(servers);
  }

  advanceClock(ms: number): void {
    this.clockOffsetMs += ms;
  }

  /** A scan and all jobs that follow from it. Of all servers, unless told otherwise. */
  async scan(options: Partial<ScanRequest> = {}): Promise<Scan> {
    const { runs } = this.database;
    const runId = await runs.create({ trigger: 'cli', scope: { kind: 'sweep' }, startedAt: this.now() });
    const report = await this.scans.scan(this.scanRequest({ runIds: [runId], ...options }));
    const units = await this.units.drain();
    await runs.settle(this.now());
    const run = await runs.get(runId);
    if (run === null) throw new Error('the run is gone');
    return {
      servers: new Map(report.servers.map((server) => [server.serverId, server])),
      planned: report.planned,
      units,
      run,
    };
  }

  scanRequest(options: Partial<ScanRequest> = {}): ScanRequest {
    return {
      runIds: [],
      serverIds: byPrecedence(this.servers).map(({ id }) => id),
      full: false,
      force: false,
      acceptShrunken: false,
      urgency: 'bulk',
      signal: new AbortController().signal,
      ...options,
    };
  }

  sync(title: string, context: Partial<UnitContext> = {}): Promise<UnitResult> {
    return this.movieSync.syncMovie(title, { signal: new AbortController().signal, ...context });
  }

  syncUnit(unit: Unit, context: Partial<UnitContext> = {}): Promise<UnitResult> {
    const complete = { signal: new AbortController().signal, ...context };
    switch (unit.kind) {
      case 'movie':
        return this.movieSync.syncMovie(unit.title, complete);
      case 'show':
        return this.showSync.syncShow(unit.title, complete);
      case 'season':
        return this.seasonSync.syncSeason(unit.title, unit.season, complete);
      case 'episodes':
        return this.episodeSync.syncEpisodes(unit.title, unit.season, complete);
    }
  }

  /** Fails the test when there is no such document. */
  async movie(title: string): Promise<StoredMovie> {
    const movie = await this.database.movies.load(title);
    if (movie === null) throw new Error(`the catalogue has no '${title}'`);
    return movie;
  }

  movies(): Promise<readonly StoredMovie[]> {
    return collect(this.database.movies.findAll());
  }

  /** What an admin does in the website. */
  async edit(title: string, update: { $set?: object; $unset?: object }): Promise<void> {
    await this.connection.catalogue.collection('FlatMovies').updateOne({ originalTitle: title }, update);
  }

  gate(title: string): Promise<Gate | null> {
    return this.database.gates.load({ kind: 'movie', title });
  }

  inventory(title: string): Promise<InventoryEntry[]> {
    return this.database.inventory.load<MovieRecord>({ kind: 'movie', title });
  }

  async inventoryOf(serverId: string, title: string): Promise<InventoryEntry> {
    const entry = (await this.inventory(title)).find((one) => one.serverId === serverId);
    if (entry === undefined) throw new Error(`the inventory of ${serverId} has no '${title}'`);
    return entry;
  }

  async pendingTitles(): Promise<readonly string[]> {
    return (await collect(this.database.inventory.streamPending('movie'))).map(({ title }) => title);
  }

  /** Commands that wrote documents since the last call. */
  takeWrites(): readonly string[] {
    return this.writes.splice(0);
  }

  async dispose(): Promise<void> {
    await this.fileServers.close();
    await Promise.all([this.connection.catalogue.dropDatabase(), this.connection.state.dropDatabase()]);
    await this.database.close();
  }

  /** As apps/worker composes it. */
  private configure(configured: readonly MediaServer[]): void {
    const { movies, tvShows: shows, seasons, episodes, inventory, gates, listings } = this.database;
    const { leases, runs } = this.database;
    const { now } = this;
    const { schemaVersion, recordsVersion } = this.versions;
    const schema = schemaVersion === undefined ? {} : { schemaVersion };
    const servers = byPrecedence(configured);
    this.servers = configured;
    this.fileServers = new FileServers({
      servers: configured,
      limits: { maxRetries: 1, retryDelayMs: 1, breakerThreshold: 1000 },
    });
    const { urls } = this.fileServers;
    const toUrl: ToUrl = (server, path) => urls.mediaUrl(server, path);
    const common = {
      inventory,
      gates,
      servers,
      readFile: createFileReader(this.fileServers),
      fieldCleanup: this.fieldCleanup,
      toUrl,
      now,
      ...schema,
    };
    this.movieSync = new MovieSyncService({
      ...common,
      movies,
      isAuthoritative: createAuthority(listings, servers, 'movies'),
    });
    const tv = {
      ...common,
      shows,
      seasons,
      episodes,
      isAuthoritative: createAuthority(listings, servers, 'tv'),
      parents: new ParentDesk({ inventory, gates, enqueuer: this.units, now }),
    };
    this.showSync = new TVShowSyncService(tv);
    this.seasonSync = new SeasonSyncService(tv);
    this.episodeSync = new EpisodeSyncService(tv);
    const order = new UnitOrder({ inventory, gates, runs, now });
    this.children = new ChildUnits(order, new UnitPlanner(runs, this.units, now), runs);
    const records = recordsVersion === undefined ? {} : { recordsVersion };
    const refresh = { inventory, listings, maxShrinkFraction: 0.5, now, ...records };
    this.scans = new ScanService({
      servers: configured,
      fileServers: this.fileServers,
      refreshes: [
        new InventoryRefresh({ ...refresh, source: movieListing }),
        ...(this.tv ? [new InventoryRefresh({ ...refresh, source: tvListing })] : []),
      ],
      inventory,
      gates,
      listings,
      leases,
      runs,
      holds: this.database.serverHolds,
      watches: this.database.titleWatches,
      enqueuer: this.units,
      order,
      shows: this.showSync,
      now,
      ...schema,
      ...(this.plannedAnyway === undefined ? {} : { plannedAnyway: this.plannedAnyway }),
    });
  }
}

/** A configured server; short deadlines, so that a hanging server costs a test little. */
export function mediaServer(
  options: Partial<MediaServer> & Pick<MediaServer, 'id' | 'baseUrl'>,
): MediaServer {
  return {
    nodeUrl: `${options.baseUrl}/node`,
    prefix: '',
    priority: 1,
    enabled: true,
    webhookId: 'test-webhook',
    concurrency: 8,
    timeouts: { ...DEFAULT_SERVER_TIMEOUTS, listingMs: 5_000 },
    ...options,
  };
}

/** How the units of a scan ended: title -> outcome, or the code of its failure. */
export function outcomes({ units }: Pick<Scan, 'units'>): Record<string, string> {
  return Object.fromEntries(units.map(({ title, outcome, code }) => [title, code ?? outcome]));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
