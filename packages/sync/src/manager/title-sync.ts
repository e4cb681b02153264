import { Readable } from 'node:stream';
import {
  parentsOf,
  ReelsyncError,
  toReelsyncError,
  type MediaServer,
  type SyncEventBus,
  type Unit,
} from '@reelsync/core';
import type { CountedUnit, DatabaseAdapter, ListingKind, RunUnit } from '@reelsync/database';
import { awaitScanLeases, type PlanRequest } from '@reelsync/domain';
import { createSyncEngine, type SyncEngine } from '../engine/create-sync-engine';
import { DirectSync } from '../engine/direct-sync';
import { openRequests } from '../requests/open-requests';
import { QueueUnitEnqueuer } from '../requests/queue-unit-enqueuer';
import { followRun } from '../runs/follow-run';
import type { ResourceManager } from '../statistics/resource-manager';
import { batchResult, requestedOperations } from './batch-result';
import type { ManagerResources } from './manager-resources';
import { resolveServer, type ServerReference } from './server-reference';
import { SuppliedListing } from './supplied-listing';
import type { BatchSyncResult, SyncFailure, SyncMode, SyncOptions } from './sync-batch';
import { parseSyncOptions, parseTitles } from './sync-options';
import type { SyncsUnderWay } from './syncs-under-way';
import { movieUnits, wholeShows } from './title-units';
import { untilAborted } from './until-aborted';

export interface TitleSyncDependencies {
  readonly resources: ManagerResources;
  readonly underWay: SyncsUnderWay;
  readonly resourceManager: Pick<ResourceManager, 'sample'>;
  readonly bus: SyncEventBus;
  readonly now: () => Date;
  readonly random: () => number;
  /** 24 hexadecimal digits. */
  readonly newId: () => string;
}

/** One call of `syncMovies` or `syncTVShows`, understood. */
interface Batch {
  readonly kind: ListingKind;
  readonly titles: readonly string[];
  readonly server: MediaServer;
  readonly servers: readonly MediaServer[];
  readonly mode: SyncMode;
  readonly options: SyncOptions;
  readonly signal: AbortSignal;
}

interface Ends {
  readonly runId: string;
  readonly units: readonly RunUnit[];
}

/** More titles than this are bulk work, which single titles overtake. */
const BULK_TITLES = 100;

/** Brings named titles up to date, in this process or through the queues, with the same answer. */
export class TitleSync {
  constructor(private readonly dependencies: TitleSyncDependencies) {}

  /**
   * Rejects only for arguments and settings that cannot be understood: what goes wrong afterwards is part of the
   * answer.
   */
  async sync(
    kind: ListingKind,
    titles: readonly string[],
    reference: ServerReference,
    given: SyncOptions,
  ): Promise<BatchSyncResult> {
    const understood = this.understand(kind, parseTitles(titles), reference, given);
    return this.dependencies.underWay.run(understood.options.signal, (signal) =>
      this.syncBatch({ ...understood, signal }),
    );
  }

  private async syncBatch(batch: Batch): Promise<BatchSyncResult> {
    const startedAt = performance.now();
    const errors: SyncFailure[] = [];
    const ends = await this.run(batch, errors);
    if (batch.signal.aborted) errors.push(stopped(batch.mode));
    return batchResult({
      ...ends,
      mode: batch.mode,
      serverId: batch.server.id,
      titles: batch.titles,
      operations: requestedOperations(batch.options.operations),
      durationMs: Math.round(performance.now() - startedAt),
      errors,
    });
  }

  private understand(
    kind: ListingKind,
    titles: readonly string[],
    reference: ServerReference,
    given: SyncOptions,
  ): Omit<Batch, 'signal'> {
    const options = parseSyncOptions(given);
    const { servers: configured } = this.dependencies.resources.config;
    const server = resolveServer(reference, configured);
    const isConfigured = configured.includes(server);
    const mode = options.mode ?? 'direct';
    if (mode === 'queue' && !isConfigured)
      throw new ReelsyncError(
        'SERVER_NOT_CONFIGURED',
        `Server '${server.id}' is not configured, so the workers do not know it; use mode 'direct' or configure it`,
        { context: { serverId: server.id } },
      );
    const servers = isConfigured ? configured : [...configured, server];
    return { kind, titles, server, servers, mode, options };
  }

  private async run(batch: Batch, errors: SyncFailure[]): Promise<Ends> {
    const runId = this.dependencies.newId();
    try {
      const database = await this.dependencies.resources.database();
      return batch.mode === 'direct'
        ? { runId, units: await this.runHere(runId, batch, database, errors) }
        : await this.runQueued(batch, database, errors);
    } catch (error) {
      // That it was stopped is told by itself.
      if (!batch.signal.aborted || error !== batch.signal.reason) errors.push(failureOf(error));
      return { runId, units: [] };
    }
  }

  private async runHere(
    runId: string,
    batch: Batch,
    database: DatabaseAdapter,
    errors: SyncFailure[],
  ): Promise<readonly RunUnit[]> {
    const { resources, resourceManager, bus, now, random } = this.dependencies;
    const { server, servers, options, signal } = batch;
    const { sync, worker } = resources.config;
    const parts = { servers, database, fileServers: resources.fileServers(servers), ...sync, now };
    const noQueue = { enqueue: () => Promise.resolve([]), withdraw: () => Promise.resolve(0) };
    await this.learn(batch, database, createSyncEngine({ ...parts, enqueuer: noQueue }), errors);
    const direct = new DirectSync({ ...parts, bus, random, onUnitEnded: () => resourceManager.sample() });
    const { movies, shows } = worker.concurrency;
    const { ends, failure } = await direct.run(this.unitsOf(batch, database), {
      runId,
      serverId: server.id,
      concurrency: options.concurrency ?? (batch.kind === 'movies' ? movies : shows),
      force: options.forceSync ?? false,
      signal,
      ...orderOf(options),
    });
    if (failure !== undefined) errors.push(failureOf(failure));
    return ends;
  }

  private async runQueued(batch: Batch, database: DatabaseAdapter, errors: SyncFailure[]): Promise<Ends> {
    const { resources, now } = this.dependencies;
    const { kind, titles, servers, options, signal } = batch;
    await untilAborted(() => resources.followJobs(), signal);
    const producer = resources.producer();
    const engine = createSyncEngine({
      servers,
      database,
      fileServers: resources.fileServers(servers),
      ...resources.config.sync,
      enqueuer: new QueueUnitEnqueuer(producer),
      now,
    });
    await this.learn(batch, database, engine, errors);
    const requests = openRequests({ config: resources.config, database, producer, now });
    const domain = kind === 'movies' ? 'movies' : 'shows';
    const { runId } = await requests.requestUnits(
      domain,
      Readable.from(titles),
      this.unitsOf(batch, database),
      {
        trigger: 'library',
        urgency: titles.length > BULK_TITLES ? 'bulk' : 'person',
        force: options.forceSync ?? false,
        signal,
        ...orderOf(options),
      },
    );
    const units: RunUnit[] = [];
    try {
      await awaitRun(database, runId, signal, errors);
      for await (const end of database.runs.streamEnded(runId)) units.push(asSeenByCaller(end));
    } catch (error) {
      // The jobs go on; who was waiting for them has to know the run.
      errors.push(failureOf(error));
    }
    return { runId, units };
  }

  /** Brings the inventory up to what the caller says of the titles, or to the server's listing. */
  private async learn(
    { kind, titles, server, servers, options: { fileServerData }, signal }: Batch,
    { inventory, listings, leases }: DatabaseAdapter,
    { refreshes }: Pick<SyncEngine, 'refreshes'>,
    errors: SyncFailure[],
  ): Promise<void> {
    if (titles.length === 0) return;
    if (fileServerData !== undefined) {
      const supplied = new SuppliedListing({ inventory, listings, now: this.dependencies.now });
      errors.push(...(await supplied.apply({ serverId: server.id, kind, titles, data: fileServerData })));
      return;
    }
    const lease = { serverIds: [server.id], now: this.dependencies.now, signal };
    const scan = await awaitScanLeases(leases, lease, (held) =>
      refreshes[kind].refresh({
        server,
        fence: held.fenceOf(server.id),
        adapter: this.dependencies.resources.fileServers(servers).get(server.id),
        full: false,
        acceptShrunken: false,
        signal: held.signal,
        onProgress: () => undefined,
      }),
    );
    // What the server listed last still counts (AV-4), so the sync goes on.
    if (scan.code !== undefined)
      errors.push({ code: scan.code, message: scan.message ?? '', entityId: server.id });
  }

  private unitsOf({ kind, titles }: Batch, { inventory }: DatabaseAdapter): AsyncIterable<Unit> {
    return kind === 'movies' ? movieUnits(titles) : wholeShows(inventory, titles);
  }
}

/** The job of another request has changed the title: for who waited for it here it was updated. */
function asSeenByCaller(unit: CountedUnit): RunUnit {
  return { ...unit, outcome: unit.outcome === 'merged' ? 'updated' : unit.outcome };
}

function failureOf(error: unknown): SyncFailure {
  const { code, message } = toReelsyncError(error);
  return { code, message };
}

/** Parents first, their ends start the children, with the same operations. */
function orderOf({ operations }: SyncOptions): Pick<PlanRequest, 'operations' | 'mayStart'> {
  return {
    ...(operations === undefined ? {} : { operations }),
    mayStart: (units) => Promise.resolve(units.filter((unit) => parentsOf(unit).length === 0)),
  };
}

/** A caller that stops waiting gets what has been done so far; the jobs go on. */
async function awaitRun(
  { runs }: Pick<DatabaseAdapter, 'runs'>,
  runId: string,
  signal: AbortSignal,
  errors: SyncFailure[],
): Promise<void> {
  try {
    for await (const { status, error } of followRun(runs, runId, { signal }))
      if (status !== 'running' && error !== undefined) errors.push(error);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function stopped(mode: SyncMode): SyncFailure {
  const rest = mode === 'direct' ? 'what is dirty stays pending' : 'the jobs go on';
  return { code: 'JOB_CANCELLED', message: `The sync was stopped; ${rest}` };
}
