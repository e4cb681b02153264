import {
  byPrecedence,
  CATALOGUE_SCHEMA_VERSION,
  parentsOf,
  ReelsyncError,
  topologyFingerprint,
  unitKey,
  type MediaServer,
  type Unit,
  type UnitKind,
} from '@reelsync/core';
import {
  allSettled,
  type GateRepository,
  type InventoryRepository,
  type LeaseRepository,
  type ListingRepository,
  type RunRepository,
  type ServerHoldRepository,
  type TitleWatchRepository,
} from '@reelsync/database';
import type { FileServers } from '@reelsync/file-server';
import type { TVShowSyncService } from '../shows/tv-show-sync-service';
import { allUnits, dirtyUnits } from './dirty-units';
import { heldBack } from './held-back';
import { inChunks } from './in-chunks';
import type { InventoryRefresh, RefreshRequest, ScanFence } from './inventory-refresh';
import { MovedShows } from './moved-shows';
import { holdScanLeases, type HeldScan } from './scan-leases';
import { combineListings, type ScanReport, type ServerScan } from './scan-report';
import type { UnitEnqueuer, Urgency } from './unit-enqueuer';
import type { UnitOrder } from './unit-order';
import { UnitPlanner } from './unit-planner';

export interface ScanServiceOptions {
  readonly servers: readonly MediaServer[];
  readonly fileServers: Pick<FileServers, 'get'>;
  /** One per listing that servers have. */
  readonly refreshes: readonly Refresh[];
  readonly inventory: InventoryRepository;
  readonly gates: GateRepository;
  readonly listings: ListingRepository;
  readonly runs: Pick<
    RunRepository,
    'recordServers' | 'donePlanning' | 'plan' | 'finishUnit' | 'findRunning' | 'findOpen' | 'skipOpen'
  >;
  readonly leases: LeaseRepository;
  /** How long a scan that died keeps others of its servers waiting; default 30 s. */
  readonly leaseTtlMs?: number;
  readonly holds: Pick<ServerHoldRepository, 'find'>;
  readonly watches: Pick<TitleWatchRepository, 'find'>;
  readonly enqueuer: UnitEnqueuer;
  readonly order: Pick<UnitOrder, 'withCleanParents'>;
  readonly shows: Pick<TVShowSyncService, 'confirmShow'>;
  readonly now: () => Date;
  /** Default: CATALOGUE_SCHEMA_VERSION. */
  readonly schemaVersion?: number;
  /** How many dirty units a scan plans although other runs wait for them already; default a thousand. */
  readonly plannedAnyway?: number;
}

const PLANNED_ANYWAY = 1000;
const NOBODY: ReadonlySet<string> = new Set();

/** Each listing has records of its own shape; a scan need not know which. */
export interface Refresh {
  readonly source: Pick<InventoryRefresh<unknown>['source'], 'kind' | 'unitKinds'>;
  refresh(request: RefreshRequest): Promise<ServerScan>;
}

export interface ScanRequest {
  /** Every run that waits for this scan (decision 0005). */
  readonly runIds: readonly string[];
  readonly serverIds: readonly string[];
  /** Those of them whose listings are read; default: all. What an earlier attempt has read may still be to be planned. */
  readonly unread?: readonly string[];
  /** Ignore validators and compare every unit, not only those whose inventory changed. */
  readonly full: boolean;
  /** Apply every unit again, without any gate (CD-5). */
  readonly force: boolean;
  /** Believe a listing that lost most of its titles. */
  readonly acceptShrunken: boolean;
  readonly urgency: Urgency;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** Around the reading of each server: once it resolves, the inventory is up to date, as far as the server has answered. */
  readonly aroundServer?: AroundServer;
  /** Who scans: the job's id, so that a job which is taken over goes on at once. Default: somebody new. */
  readonly holder?: string;
}

type AroundServer = <T>(serverId: string, read: () => Promise<T>) => Promise<T>;

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
  private readonly movedShows: MovedShows;
  private readonly precedence: readonly MediaServer[];

  constructor(private readonly options: ScanServiceOptions) {
    this.movedShows = new MovedShows(options);
    this.planner = new UnitPlanner(options.runs, options.enqueuer, options.now);
    this.precedence = byPrecedence(options.servers);
  }

  /**
   * At most one scan of a server is in flight over all processes (OR-1); scans of different servers run side by side.
   * Throws LEASE_HELD when another one scans one of the servers.
   */
  scan(request: ScanRequest): Promise<ScanReport> {
    const { leases, leaseTtlMs, now } = this.options;
    const { serverIds, holder, signal } = request;
    for (const serverId of serverIds) this.serverById(serverId);
    return holdScanLeases(
      leases,
      {
        serverIds,
        now,
        signal,
        ...(holder === undefined ? {} : { holder }),
        ...(leaseTtlMs === undefined ? {} : { ttlMs: leaseTtlMs }),
      },
      (held) => this.scanAlone({ ...request, signal: held.signal }, held),
    );
  }

  private async scanAlone(request: ScanRequest, held: HeldScan): Promise<ScanReport> {
    const { runs } = this.options;
    const servers = await this.refreshAll(request, held);
    for (const runId of request.runIds) await runs.recordServers(runId, servers);
    for (const { source } of this.options.refreshes) await this.noteTopology(source);
    if (request.force) await this.requestForce(request.serverIds);
    // First, because the children of a show that waits for its job do not start.
    if (!request.full && !request.force) await this.movedShows.settle(request.signal);
    const at = this.options.now();
    const planned = await this.planner.plan(this.unitsToPlan(request, at), {
      runIds: request.runIds,
      urgency: request.urgency,
      signal: request.signal,
      stopsWithRuns: true,
      mayStart: (units) => this.mayStart(units, request, at),
      onProgress: (count) => request.onProgress?.({ stage: 'planning', planned: count }),
    });
    await runs.donePlanning(request.runIds);
    return { servers, planned };
  }

  /** Children come before their parents, so that they are part of the run before a parent's end can start them. */
  private async *unitsToPlan({ full, force, serverIds, runIds }: ScanRequest, at: Date): AsyncIterable<Unit> {
    const { inventory, gates } = this.options;
    for (const kind of this.unitKinds().reverse()) {
      if (full || force) yield* this.reopened(allUnits({ inventory }, kind, serverIds));
      else yield* this.unlessAwaited(dirtyUnits({ inventory, gates }, kind, at), { runIds, serverIds });
    }
  }

  /**
   * While a large library is on its way, the scans of webhooks and schedules find most of it dirty each time. Who asks for
   * little gets exact counts; beyond that, what other runs wait for already is left to them: it has a job, or the sweep
   * gives it one, and that works on whatever is known by then. Not so the job of a narrowed request: it does a part.
   */
  private async *unlessAwaited(
    units: AsyncIterable<Unit>,
    { runIds, serverIds }: Pick<ScanRequest, 'runIds' | 'serverIds'>,
  ): AsyncIterable<Unit> {
    const { runs, plannedAnyway = PLANNED_ANYWAY } = this.options;
    const isForNobody = runIds.length === 0;
    const watched = isForNobody ? await this.watchedTitles(serverIds) : NOBODY;
    let found = 0;
    for await (const chunk of inChunks(units)) {
      const awaited = found < plannedAnyway ? NOBODY : await runs.findOpen(chunk, { whole: true });
      found += chunk.length;
      const others = chunk.filter((unit) => !awaited.has(unitKey(unit)));
      yield* isForNobody ? await this.unlessTheirs(others, watched) : others;
    }
  }

  /**
   * A scan that belongs to no run leaves to requests what they still wait to begin (until all servers have been read, or
   * one of these lists a change), and the children of what they wait for: a job of its own would change these before the
   * request counts them, and nobody would be told.
   */
  private async unlessTheirs(units: readonly Unit[], watched: ReadonlySet<string>): Promise<readonly Unit[]> {
    const { runs } = this.options;
    const waiting = await runs.findOpen(units, { waits: true });
    const parents = await runs.findOpen(units.flatMap(parentsOf), { whole: true });
    return units.filter(
      (unit) =>
        !waiting.has(unitKey(unit)) &&
        !watched.has(unitKey(unit)) &&
        !parentsOf(unit).some((parent) => parents.has(unitKey(parent)) || watched.has(unitKey(parent))),
    );
  }

  /** Films and shows, by unitKey: who waits for a change of them on one of these servers looks as soon as the scan has ended. */
  private async watchedTitles(serverIds: readonly string[]): Promise<ReadonlySet<string>> {
    const watches = await this.options.watches.find();
    const concerned = watches.filter((watch) => watch.serverIds.some((id) => serverIds.includes(id)));
    return new Set(concerned.map(({ kind, title }) => unitKey({ kind, title })));
  }

  /** Whatever has become of their documents: a gate only knows what was applied (design decision 1). */
  private async *reopened(units: AsyncIterable<Unit>): AsyncIterable<Unit> {
    for await (const chunk of inChunks(units)) {
      await this.options.gates.reopen(chunk);
      yield* chunk;
    }
  }

  /** The others start when their parents have ended; a full scan plans all parents. */
  private async mayStart(
    units: readonly Unit[],
    { full, force }: ScanRequest,
    at: Date,
  ): Promise<readonly Unit[]> {
    return full || force
      ? units.filter((unit) => parentsOf(unit).length === 0)
      : this.options.order.withCleanParents(units, at);
  }

  private refreshAll(request: ScanRequest, held: HeldScan): Promise<readonly ServerScan[]> {
    const { aroundServer = (_, read) => read() }: { readonly aroundServer?: AroundServer } = request;
    return allSettled(
      (request.unread ?? request.serverIds).map((id) =>
        aroundServer(id, () => this.refreshServer(id, request, held.fenceOf(id))),
      ),
    );
  }

  private async refreshServer(serverId: string, request: ScanRequest, fence: ScanFence): Promise<ServerScan> {
    const { fileServers, refreshes } = this.options;
    const server = this.serverById(serverId);
    const held = await heldBack(serverId, this.options);
    if (held !== null) return held;
    const adapter = fileServers.get(serverId);
    const progress = new Map<Refresh, { readonly titles: number; readonly changed: number }>();
    const scans = refreshes.map((refresh) =>
      refresh.refresh({
        server,
        fence,
        adapter,
        full: request.full || request.force,
        acceptShrunken: request.acceptShrunken,
        signal: request.signal,
        onProgress: (tally) => {
          progress.set(refresh, tally);
          request.onProgress?.({ stage: 'listing', serverId, ...sum([...progress.values()]) });
        },
      }),
    );
    return combineListings(serverId, await allSettled(scans));
  }

  /**
   * When servers were added, removed, moved or ranked anew, any title may have other owners or URLs (AV-5, B-34), and with
   * another schema version it is written in another way (B-24): all are marked pending first and the new topology is noted second, so that a crash in between marks them once more.
   */
  private async noteTopology({ kind, unitKinds }: Refresh['source']): Promise<void> {
    const { inventory, listings, now, schemaVersion = CATALOGUE_SCHEMA_VERSION } = this.options;
    const states = await listings.loadAll(kind);
    const topology = topologyFingerprint(this.precedence, schemaVersion);
    if (states.every((state) => state.topology === topology)) return;
    if (states.some((state) => state.topology !== undefined))
      await inventory.markAllPending(unitKinds, now());
    await listings.saveTopology(kind, topology);
  }

  private async requestForce(serverIds: readonly string[]): Promise<void> {
    const { gates, inventory, now } = this.options;
    for (const kind of this.unitKinds()) {
      for await (const units of inChunks(allUnits({ inventory }, kind, serverIds)))
        await gates.requestForce(units, now());
    }
  }

  /** Parents before children. */
  private unitKinds(): UnitKind[] {
    return this.options.refreshes.flatMap(({ source }) => source.unitKinds);
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

function sum(tallies: readonly { readonly titles: number; readonly changed: number }[]): {
  titles: number;
  changed: number;
} {
  return tallies.reduce(
    (total, { titles, changed }) => ({ titles: total.titles + titles, changed: total.changed + changed }),
    { titles: 0, changed: 0 },
  );
}
