import {
  byPrecedence,
  ReelsyncError,
  topologyFingerprint,
  type MediaServer,
  type Unit,
} from '@reelsync/core';
import type {
  GateRepository,
  InventoryRepository,
  ListingRepository,
  RunRepository,
} from '@reelsync/database';
import type { FileServers } from '@reelsync/file-server';
import { allMovies, dirtyMovies } from './dirty-units';
import { inChunks } from './in-chunks';
import type { InventoryRefresh } from './inventory-refresh';
import type { ScanReport, ServerScan } from './scan-report';
import type { UnitEnqueuer, Urgency } from './unit-enqueuer';
import { UnitPlanner } from './unit-planner';

export interface ScanServiceOptions {
  readonly servers: readonly MediaServer[];
  readonly fileServers: Pick<FileServers, 'get'>;
  readonly refresh: InventoryRefresh;
  readonly inventory: InventoryRepository;
  readonly gates: GateRepository;
  readonly listings: ListingRepository;
  readonly runs: RunRepository;
  readonly enqueuer: UnitEnqueuer;
  readonly now: () => Date;
}

export interface ScanRequest {
  /** Every run that waits for this scan (decision 0005). */
  readonly runIds: readonly string[];
  readonly serverIds: readonly string[];
  /** Ignore validators and compare every unit, not only those whose inventory changed. */
  readonly full: boolean;
  /** Apply every unit again, without any gate (CD-5). */
  readonly force: boolean;
  /** Believe a listing that lost most of its titles. */
  readonly acceptShrunken: boolean;
  readonly urgency: Urgency;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export type ScanProgress =
  | {
      readonly stage: 'listing';
      readonly serverId: string;
      readonly titles: number;
      readonly changed: number;
    }
  | { readonly stage: 'planning'; readonly planned: number };

/** Reads the servers' listings, updates the inventory, finds the dirty units and enqueues them (glossary: scan). */
export class ScanService {
  private readonly planner: UnitPlanner;
  private readonly precedence: readonly MediaServer[];

  constructor(private readonly options: ScanServiceOptions) {
    this.planner = new UnitPlanner(options.runs, options.enqueuer, options.now);
    this.precedence = byPrecedence(options.servers);
  }

  async scan(request: ScanRequest): Promise<ScanReport> {
    const { runs } = this.options;
    const servers = await this.refreshAll(request);
    for (const runId of request.runIds) await runs.recordServers(runId, servers);
    await this.noteTopology();
    if (request.force) await this.requestForce(request.serverIds);
    const planned = await this.planner.plan(this.unitsToPlan(request), {
      runIds: request.runIds,
      urgency: request.urgency,
      signal: request.signal,
      onProgress: (count) => request.onProgress?.({ stage: 'planning', planned: count }),
    });
    await runs.donePlanning(request.runIds);
    return { servers, planned };
  }

  private unitsToPlan({ full, force, serverIds }: ScanRequest): AsyncIterable<Unit> {
    const { inventory, gates, now } = this.options;
    return full || force ? allMovies({ inventory }, serverIds) : dirtyMovies({ inventory, gates }, now());
  }

  /** Waits for all, also when one of them fails: a repeated job must not meet what is left of this one. */
  private async refreshAll(request: ScanRequest): Promise<readonly ServerScan[]> {
    const refreshes = request.serverIds.map((id) => this.refreshServer(id, request));
    await Promise.allSettled(refreshes);
    return Promise.all(refreshes);
  }

  private async refreshServer(serverId: string, request: ScanRequest): Promise<ServerScan> {
    const { signal } = request;
    return this.options.refresh.refresh({
      server: this.serverById(serverId),
      adapter: this.options.fileServers.get(serverId),
      full: request.full || request.force,
      acceptShrunken: request.acceptShrunken,
      signal,
      onProgress: (tally) => request.onProgress?.({ stage: 'listing', serverId, ...tally }),
    });
  }

  /**
   * When servers were added, removed, moved or ranked anew, any title may have other owners or URLs (AV-5, B-34): all are
   * marked pending first and the new topology is noted second, so that a crash in between marks them once more.
   */
  private async noteTopology(): Promise<void> {
    const { inventory, listings, now } = this.options;
    const states = await listings.loadAll('movie');
    const topology = topologyFingerprint(this.precedence);
    if (states.every((state) => state.topology === topology)) return;
    if (states.some((state) => state.topology !== undefined)) await inventory.markAllPending('movie', now());
    await listings.saveTopology('movie', topology);
  }

  private async requestForce(serverIds: readonly string[]): Promise<void> {
    const { gates, inventory, now } = this.options;
    for await (const units of inChunks(allMovies({ inventory }, serverIds)))
      await gates.requestForce(units, now());
  }

  private serverById(serverId: string): MediaServer {
    const server = this.precedence.find(({ id }) => id === serverId);
    if (server !== undefined) return server;
    throw new ReelsyncError(
      'SERVER_NOT_CONFIGURED',
      `Server '${serverId}' is not configured or not enabled`,
      {
        context: { serverId },
      },
    );
  }
}
