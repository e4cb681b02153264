import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError, SyncEventBus, toReelsyncError } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import type { FileServersOptions } from '@reelsync/file-server';
import type { JobPayloads, JobProducer } from '@reelsync/queue';
import { compareEngines, type ComparisonRequest } from '../comparison/compare-engines';
import type { EngineComparison } from '../comparison/comparison-result';
import { findNeedingSync, type ContentNeedingSync, type NeedingSyncQuery } from '../statistics/needing-sync';
import { ResourceManager } from '../statistics/resource-manager';
import { collectSyncStats, type SyncStats } from '../statistics/sync-stats';
import {
  findUpgradeCandidates,
  type UpgradeCandidate,
  type UpgradeQuery,
} from '../statistics/upgrade-candidates';
import { reportCleanup, type CleanupReport } from './cleanup-report';
import { ManagerResources } from './manager-resources';
import { newRunId } from './new-run-id';
import { resolveServer, type ServerReference } from './server-reference';
import type { BatchSyncResult, SyncOptions } from './sync-batch';
import { SyncsUnderWay } from './syncs-under-way';
import { TitleSync } from './title-sync';

export interface SyncManagerOptions {
  /** Asked once, when something is needed. */
  readonly config: () => ReelsyncConfig;
  /** Used and left open; what is not given is opened when it is needed, and closed by `shutdown`. */
  readonly database?: DatabaseAdapter;
  readonly producer?: JobProducer<JobPayloads>;
  readonly bus?: SyncEventBus;
  /** Of the clients that are made for the servers. */
  readonly fileServerOptions?: Omit<FileServersOptions, 'servers'>;
  readonly onWarning?: (message: string) => void;
  readonly now?: () => Date;
  readonly random?: () => number;
  readonly newId?: () => string;
}

/**
 * Which servers have which fields, in the earlier library. Accepted; syncing does not need it, because which server may
 * write which field is decided from the inventory of all of them (AV-2, AV-4).
 */
type FieldAvailability = object;

/**
 * The library face of Reelsync (sync-semantics §9.1). Needs MongoDB; Redis only for `mode: 'queue'`. Everything is opened
 * when it is first needed, and only that is closed by `shutdown`, after which the manager can be used again.
 */
export class SyncManager {
  private readonly bus: SyncEventBus;
  private readonly resources: ManagerResources;
  private readonly resourceManager: ResourceManager;
  private readonly titles: TitleSync;
  private readonly underWay = new SyncsUnderWay();
  private readonly now: () => Date;

  constructor(options: SyncManagerOptions) {
    const { bus = new SyncEventBus(), now = () => new Date(), random = Math.random } = options;
    this.bus = bus;
    this.now = now;
    this.resources = new ManagerResources({ ...options, bus });
    this.resourceManager = new ResourceManager({ fileServers: () => this.resources.allFileServers() });
    this.titles = new TitleSync({
      resources: this.resources,
      underWay: this.underWay,
      resourceManager: this.resourceManager,
      bus,
      now,
      random,
      newId: options.newId ?? newRunId,
    });
  }

  /** Connects to MongoDB and makes sure that the indexes exist. Every other method does so by itself; calling it again is free. */
  async initialize(): Promise<void> {
    await this.resources.database();
  }

  /**
   * Brings movies (folder names) up to date. Rejects only for arguments and settings that cannot be understood: what goes
   * wrong afterwards is in the result.
   */
  syncMovies(
    titles: readonly string[],
    server: ServerReference,
    _fieldAvailability?: FieldAvailability,
    options: SyncOptions = {},
  ): Promise<BatchSyncResult> {
    return this.titles.sync('movies', titles, server, options);
  }

  /** As `syncMovies`, for shows with all their seasons and episodes. */
  syncTVShows(
    titles: readonly string[],
    server: ServerReference,
    _fieldAvailability?: FieldAvailability,
    options: SyncOptions = {},
  ): Promise<BatchSyncResult> {
    return this.titles.sync('tv', titles, server, options);
  }

  /**
   * Tells what a clean-up would do with the films of the catalogue that are not among the titles, and why; deletes
   * nothing. No list of one server and no video that does not answer makes a film an orphan (B-7, CL-1).
   */
  async cleanupMovies(availableTitles: readonly string[], server: ServerReference): Promise<CleanupReport> {
    const { servers } = this.resources.config;
    const named = resolveServer(server, servers);
    const known = servers.includes(named) ? servers : [...servers, named];
    try {
      return await reportCleanup(await this.resources.database(), known, availableTitles);
    } catch (error) {
      const { code, message } = toReelsyncError(error);
      return {
        orphansRemoved: 0,
        invalidRemoved: 0,
        wouldRemove: [],
        kept: [],
        errors: [{ code, message }],
      };
    }
  }

  async getSyncStats(): Promise<SyncStats> {
    const { resources, resourceManager, now } = this;
    return collectSyncStats({
      database: await resources.database(),
      producer: () => resources.producer(),
      fileServers: () => resources.allFileServers(),
      resourceManager,
      now,
    });
  }

  async findContentNeedingSync(query: NeedingSyncQuery = {}): Promise<ContentNeedingSync> {
    return findNeedingSync(await this.resources.database(), query, this.now());
  }

  async findUpgradeCandidates(query: UpgradeQuery = {}): Promise<readonly UpgradeCandidate[]> {
    return findUpgradeCandidates(await this.resources.database(), query);
  }

  /**
   * Measures both engines on these titles, each in a process of its own over scratch databases of the configured MongoDB; the
   * live catalogue is not touched.
   */
  async performanceComparison(
    titles: readonly string[],
    server: ServerReference,
    _fieldAvailability?: FieldAvailability,
    { rounds, faultRate }: Pick<ComparisonRequest, 'rounds' | 'faultRate'> = {},
  ): Promise<EngineComparison> {
    const { config } = this.resources;
    return this.underWay.run(undefined, (signal) =>
      compareEngines({ config, titles, server, rounds, faultRate, signal }),
    );
  }

  /** What direct mode does; after `followWorkers`, or the first sync in mode `queue`, also what all workers do. */
  getEventBus(): SyncEventBus {
    return this.bus;
  }

  /** From now on the bus tells of all jobs, whoever asked for them. Throws QUEUE_UNAVAILABLE when Redis is down. */
  async followWorkers(): Promise<void> {
    await this.resources.followJobs();
  }

  getResourceManager(): ResourceManager {
    return this.resourceManager;
  }

  /** @throws {ReelsyncError} NOT_INITIALIZED */
  getDatabaseAdapter(): DatabaseAdapter {
    const { openDatabaseAdapter } = this.resources;
    if (openDatabaseAdapter !== undefined) return openDatabaseAdapter;
    throw new ReelsyncError('NOT_INITIALIZED', 'The SyncManager is not connected to MongoDB');
  }

  /**
   * Stops the syncs and comparisons under way, closes what this manager opened, and nothing that it was given. Callers of a
   * sync get what has been done so far.
   */
  async shutdown(): Promise<void> {
    await this.underWay.stop();
    await this.resources.close();
  }
}
