import { toReelsyncError } from '@reelsync/core';
import type { CatalogueStats } from './catalogue/stored-document';
import { MovieRepository, type MovieStats } from './catalogue/movie-repository';
import type { ConnectionInfo, DatabaseConnection } from './connection/connect-database';
import { GateRepository } from './gates/gate-repository';
import { CATALOGUE_INDEXES } from './indexes/catalogue-indexes';
import { ensureIndexes, type IndexReport } from './indexes/ensure-indexes';
import { STATE_INDEXES } from './indexes/state-indexes';
import type { InventoryCount } from './inventory/inventory-entry';
import { InventoryRepository } from './inventory/inventory-repository';
import { ListingRepository } from './listings/listing-repository';
import { RunRepository } from './runs/run-repository';

export interface DatabaseStats {
  readonly movies: CatalogueStats & MovieStats;
  readonly inventory: readonly InventoryCount[];
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
  readonly inventory: InventoryRepository;
  readonly gates: GateRepository;
  readonly listings: ListingRepository;
  readonly runs: RunRepository;
  private initialization: Promise<IndexReport> | undefined;

  constructor(
    private readonly connection: DatabaseConnection,
    options: DatabaseAdapterOptions = {},
  ) {
    this.movies = new MovieRepository(connection.catalogue, options);
    this.inventory = new InventoryRepository(connection.state);
    this.gates = new GateRepository(connection.state);
    this.listings = new ListingRepository(connection.state);
    this.runs = new RunRepository(connection.state);
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
    const [common, movies, inventory] = await Promise.all([
      this.movies.getStats(),
      this.movies.getMovieStats(),
      this.inventory.countByServer('movie'),
    ]);
    return { movies: { ...common, ...movies }, inventory, overview: { totalEntities: movies.total } };
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
