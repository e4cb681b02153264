import { toReelsyncError, type UnitKind } from '@reelsync/core';
import { AuditRepository } from './audit/audit-repository';
import { BulkRepository } from './bulk/bulk-repository';
import { EpisodeRepository, type EpisodeStats } from './catalogue/episode-repository';
import { MovieRepository, type MovieStats } from './catalogue/movie-repository';
import { SeasonRepository, type SeasonStats } from './catalogue/season-repository';
import type { CatalogueStats } from './catalogue/stored-document';
import { TVShowRepository, type TVShowStats } from './catalogue/tv-show-repository';
import type { ConnectionInfo, DatabaseConnection } from './connection/connect-database';
import { GateRepository } from './gates/gate-repository';
import { ServerHoldRepository } from './holds/server-hold-repository';
import { EndedSessionRepository } from './sessions/ended-session-repository';
import { CATALOGUE_INDEXES } from './indexes/catalogue-indexes';
import { ensureIndexes, type IndexReport } from './indexes/ensure-indexes';
import { STATE_INDEXES } from './indexes/state-indexes';
import type { InventoryCount } from './inventory/inventory-entry';
import { InventoryRepository } from './inventory/inventory-repository';
import { LeaseRepository } from './leases/lease-repository';
import { ListingRepository } from './listings/listing-repository';
import { RunRepository } from './runs/run-repository';
import { ScheduleRepository } from './schedules/schedule-repository';
import { TitleWatchRepository } from './watches/title-watch-repository';
import { WebsiteSettings } from './website/website-settings';
import { RunUnits } from './runs/run-units';
import { DeliveryRepository } from './webhooks/delivery-repository';

export interface DatabaseStats {
  readonly movies: CatalogueStats & MovieStats;
  readonly tvShows: CatalogueStats & TVShowStats;
  readonly seasons: CatalogueStats & SeasonStats;
  readonly episodes: CatalogueStats & EpisodeStats;
  readonly inventory: Readonly<Record<UnitKind, readonly InventoryCount[]>>;
  readonly overview: { readonly totalEntities: number };
}

export type DatabaseHealth =
  | { readonly healthy: true; readonly latencyMs: number }
  | { readonly healthy: false; readonly latencyMs: number; readonly code: string; readonly message: string };

export interface DatabaseAdapterOptions {
  readonly now?: () => Date;
}

/** All repositories over one connection. */
export class DatabaseAdapter {
  readonly movies: MovieRepository;
  readonly tvShows: TVShowRepository;
  readonly seasons: SeasonRepository;
  readonly episodes: EpisodeRepository;
  readonly inventory: InventoryRepository;
  readonly gates: GateRepository;
  readonly listings: ListingRepository;
  readonly leases: LeaseRepository;
  readonly runs: RunRepository;
  readonly titleWatches: TitleWatchRepository;
  readonly schedules: ScheduleRepository;
  readonly website: WebsiteSettings;
  readonly deliveries: DeliveryRepository;
  readonly serverHolds: ServerHoldRepository;
  readonly audit: AuditRepository;
  readonly bulk: BulkRepository;
  readonly endedSessions: EndedSessionRepository;
  readonly runUnits: RunUnits;
  private initialization: Promise<IndexReport> | undefined;

  constructor(
    private readonly connection: DatabaseConnection,
    options: DatabaseAdapterOptions = {},
  ) {
    this.movies = new MovieRepository(connection.catalogue, options);
    this.tvShows = new TVShowRepository(connection.catalogue, options);
    this.seasons = new SeasonRepository(connection.catalogue, options);
    this.episodes = new EpisodeRepository(connection.catalogue, options);
    this.inventory = new InventoryRepository(connection.state);
    this.gates = new GateRepository(connection.state);
    this.listings = new ListingRepository(connection.state);
    this.leases = new LeaseRepository(connection.state);
    this.website = new WebsiteSettings(connection.settings);
    this.runs = new RunRepository(connection.state, { onDone: (run) => this.website.noteSync(run) });
    this.titleWatches = new TitleWatchRepository(connection.state);
    this.schedules = new ScheduleRepository(connection.state);
    this.deliveries = new DeliveryRepository(connection.state);
    this.serverHolds = new ServerHoldRepository(connection.state);
    this.audit = new AuditRepository(connection.state);
    this.bulk = new BulkRepository(connection.state);
    this.endedSessions = new EndedSessionRepository(connection.state);
    this.runUnits = new RunUnits(connection.state);
  }

  /** Makes sure that the indexes exist. Callers at the same time share one pass; only a pass without a fault is remembered (F-15, DM-4). */
  initialize(): Promise<IndexReport> {
    this.initialization ??= this.ensureAllIndexes().then(
      (report) => {
        if (report.problems.length > 0) this.initialization = undefined;
        return report;
      },
      (error: unknown) => {
        this.initialization = undefined;
        throw error;
      },
    );
    return this.initialization;
  }

  async getStats(): Promise<DatabaseStats> {
    const [movies, tvShows, seasons, episodes, inventory] = await Promise.all([
      both(this.movies.getStats(), this.movies.getMovieStats()),
      both(this.tvShows.getStats(), this.tvShows.getTVShowStats()),
      both(this.seasons.getStats(), this.seasons.getSeasonStats()),
      both(this.episodes.getStats(), this.episodes.getEpisodeStats()),
      this.countInventory(),
    ]);
    const totalEntities = movies.total + tvShows.total + seasons.total + episodes.total;
    return { movies, tvShows, seasons, episodes, inventory, overview: { totalEntities } };
  }

  /** Never throws: an unreachable database is an answer. */
  async healthCheck(): Promise<DatabaseHealth> {
    const startedAt = performance.now();
    const latency = () => Math.round(performance.now() - startedAt);
    try {
      await this.connection.ping();
      return { healthy: true, latencyMs: latency() };
    } catch (error) {
      const { code, message } = toReelsyncError(error);
      return { healthy: false, latencyMs: latency(), code, message };
    }
  }

  getConnectionInfo(): ConnectionInfo {
    return this.connection.describe();
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async countInventory(): Promise<DatabaseStats['inventory']> {
    const [movie, show, season, episodes] = await Promise.all([
      this.inventory.countByServer('movie'),
      this.inventory.countByServer('show'),
      this.inventory.countByServer('season'),
      this.inventory.countByServer('episodes'),
    ]);
    return { movie, show, season, episodes };
  }

  private async ensureAllIndexes(): Promise<IndexReport> {
    const catalogue = await ensureIndexes(this.connection.catalogue, CATALOGUE_INDEXES);
    const state = await ensureIndexes(this.connection.state, STATE_INDEXES);
    return {
      created: [...catalogue.created, ...state.created],
      existing: [...catalogue.existing, ...state.existing],
      problems: [...catalogue.problems, ...state.problems],
    };
  }
}

async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<A & B> {
  const [a, b] = await Promise.all([first, second]);
  return { ...a, ...b };
}
