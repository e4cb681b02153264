import type { ReelsyncConfig } from '@reelsync/config';
import type { MediaServer, SyncEventBus } from '@reelsync/core';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { FileServers, type FileServersOptions } from '@reelsync/file-server';
import { createRedisConnection, JOB_CATALOG, JobProducer, type JobPayloads } from '@reelsync/queue';
import { EventFeed } from '../events/event-feed';

export interface ManagerResourcesOptions {
  /** Asked once, when something is needed. */
  readonly config: () => ReelsyncConfig;
  /** One that is given is used and stays open; one that is left out is opened when it is needed. */
  readonly database?: DatabaseAdapter;
  readonly producer?: JobProducer<JobPayloads>;
  /** Of the clients that are made for the servers. */
  readonly fileServerOptions?: Omit<FileServersOptions, 'servers'>;
  /** Where the jobs of the workers are told of, as soon as this process uses the queues. */
  readonly bus: SyncEventBus;
  /** Told of what works but should be mended; default: a process warning. */
  readonly onWarning?: (message: string) => void;
}

type Closing = () => unknown;

/** What a SyncManager works with: opened when first needed, and only what was opened here is closed here. */
export class ManagerResources {
  private loaded: ReelsyncConfig | undefined;
  private opening: Promise<DatabaseAdapter> | undefined;
  private opened: DatabaseAdapter | undefined;
  private queue: JobProducer<JobPayloads> | undefined;
  private feed: Promise<EventFeed> | undefined;
  private readonly fileServersBySet = new Map<string, FileServers>();
  private closings: Closing[] = [];
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ManagerResourcesOptions) {}

  get config(): ReelsyncConfig {
    this.loaded ??= this.options.config();
    return this.loaded;
  }

  /** With its indexes. Callers at the same time share one opening; one that failed is tried again. */
  database(): Promise<DatabaseAdapter> {
    this.opening ??= this.openDatabase().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Undefined until `database` has resolved. */
  get openDatabaseAdapter(): DatabaseAdapter | undefined {
    return this.opened;
  }

  producer(): JobProducer<JobPayloads> {
    this.queue ??= this.openQueue();
    return this.queue;
  }

  /** From now on the bus is told of the jobs in all workers. Throws QUEUE_UNAVAILABLE when Redis is down. */
  async followJobs(): Promise<void> {
    if (this.feed !== undefined) await this.producer().counts();
    this.feed ??= this.openFeed().catch((error: unknown) => {
      this.feed = undefined;
      throw error;
    });
    const feed = await this.feed;
    await feed.start();
  }

  /** One set of clients per set of servers, so that every sync of this process shares their limits. */
  fileServers(servers: readonly MediaServer[]): FileServers {
    const key = JSON.stringify(servers);
    const existing = this.fileServersBySet.get(key);
    if (existing !== undefined) return existing;
    const created = new FileServers({ ...this.options.fileServerOptions, servers });
    this.fileServersBySet.set(key, created);
    return created;
  }

  allFileServers(): readonly FileServers[] {
    return [...this.fileServersBySet.values()];
  }

  /** Afterwards everything can be opened again. */
  close(): Promise<void> {
    this.closing ??= this.closeAll().finally(() => {
      this.closing = undefined;
    });
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    // What somebody opens meanwhile is closed as well: nobody would do it later.
    do {
      failures.push(...(await this.closeOpened()));
    } while (this.closings.length > 0 || this.feed !== undefined || this.opening !== undefined);
    if (failures.length > 0) throw failures[0];
  }

  private async closeOpened(): Promise<unknown[]> {
    // What is being opened has to be there before it can be closed; whoever opens it is told if it fails.
    while (this.feed !== undefined || this.opening !== undefined) {
      const { feed, opening } = this;
      this.feed = undefined;
      this.opening = undefined;
      await Promise.allSettled([feed, opening]);
    }
    const closings = this.closings.splice(0).reverse();
    const clients = [...this.fileServersBySet.values()];
    this.fileServersBySet.clear();
    this.queue = undefined;
    this.opened = undefined;
    this.loaded = undefined;
    await Promise.all(clients.map((client) => client.close()));
    // One that cannot be closed must not keep the others open.
    const failures: unknown[] = [];
    for (const close of closings) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }

  private async openDatabase(): Promise<DatabaseAdapter> {
    const database = this.options.database ?? (await this.connect());
    for (const { collection, index, message } of (await database.initialize()).problems)
      this.warn(`Index ${index} of ${collection}: ${message}`);
    this.opened = database;
    return database;
  }

  private async connect(): Promise<DatabaseAdapter> {
    // A program that brings its own database has read the configuration itself, and told of it.
    for (const warning of this.config.warnings) this.warn(`Configuration: ${warning}`);
    const connection = await connectDatabase({ ...this.config.database, appName: 'reelsync-manager' });
    const database = new DatabaseAdapter(connection);
    this.closings.push(() => database.close());
    return database;
  }

  private openQueue(): JobProducer<JobPayloads> {
    const { producer: given } = this.options;
    if (given !== undefined) return given;
    const { url, prefix } = this.config.redis;
    const connection = createRedisConnection(url, 'producer');
    const producer = new JobProducer({ catalog: JOB_CATALOG, connection, prefix });
    this.closings.push(
      () => connection.disconnect(),
      () => producer.close(),
    );
    return producer;
  }

  /** Through a bus of its own, since the events of this process's direct runs have no place among those of the log. */
  private async openFeed(): Promise<EventFeed> {
    await this.producer().counts();
    const { bus } = this.options;
    const feed = new EventFeed({
      ...this.config.redis,
      ...this.config.events,
      database: await this.database(),
      onError: ({ message }, source) => this.warn(`${source}: ${message}`),
    });
    feed.bus.subscribeToAll((event) => bus.emit(event));
    this.closings.push(() => feed.close());
    return feed;
  }

  private warn(message: string): void {
    const { onWarning = (text: string) => process.emitWarning(text) } = this.options;
    onWarning(message);
  }
}
