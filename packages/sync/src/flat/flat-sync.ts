import {
  buildFieldAvailability,
  byPrecedence,
  ReelsyncError,
  toReelsyncError,
  type FieldAvailability,
  type MediaServer,
  type ToUrl,
} from '@reelsync/core';
import type { DatabaseAdapter, ListingKind } from '@reelsync/database';
import { createFileReader } from '@reelsync/domain';
import type { FileServers } from '@reelsync/file-server';
import {
  readListings,
  readTitleHashes,
  type FileServerListings,
  type ReadListings,
  type TitleHashes,
} from './flat-listings';
import { FlatPass } from './flat-pass';
import { emptyResult, summarize, type FlatSyncAllResult, type FlatSyncResult } from './flat-result';
import { passServer, type OnFlatProgress } from './server-pass';
import { refuseShrunken, type ListingCheckDependencies } from './shrunken-listings';

export interface FlatSyncDependencies {
  /** Needs the catalogue, and the gates to remember which files were read. */
  readonly database: Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes' | 'gates'>;
  readonly fileServers: Pick<FileServers, 'get' | 'urls'>;
  /** All configured servers, in the order of configuration. */
  readonly servers: readonly MediaServer[];
  readonly fieldCleanup: 'enforce' | 'dry-run' | 'off';
  readonly maxShrinkFraction: ListingCheckDependencies['maxShrinkFraction'];
  readonly now: () => Date;
  /** Makes the run ids that written documents carry, 24 hex characters; without it they carry none. */
  readonly newId?: () => string;
}

export interface FlatSyncOptions {
  /** Read every file again (CD-5). */
  readonly forceSync?: boolean;
  /** The indexes are there. */
  readonly skipInitialization?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnFlatProgress;
}

export interface FlatSyncAllOptions extends FlatSyncOptions {
  /** Believe listings that have lost most of what the catalogue has from their servers. */
  readonly acceptShrunken?: boolean;
}

type ServerError = FlatSyncAllResult['errors'][number];

export interface FlatPassOptions extends FlatSyncOptions {
  /** Of the run that the pass belongs to. */
  readonly runId?: string;
  /** Every enabled server has answered. Left out: if the availability map knows each of them. */
  readonly allEnabledServersProbed?: boolean;
}

/**
 * The traditional way to sync, for when there is no Redis and no inventory: one server after the other, one title after the
 * other, one field group after the other, one write per group. Same field tables, same `resolve`, same catalogue as the
 * queue engine (B-26); many times the requests and commands.
 */
export class FlatSync {
  private readonly toUrl: ToUrl;

  constructor(private readonly dependencies: FlatSyncDependencies) {
    const { urls } = dependencies.fileServers;
    this.toUrl = (server, path) => urls.mediaUrl(server, path);
  }

  /**
   * One server pass over its listings. Throws only what concerns every title: no listings, no database, an aborted signal.
   */
  async syncToFlatStructure(
    fileServer: FileServerListings | undefined,
    serverConfig: MediaServer,
    fieldAvailability: FieldAvailability | undefined,
    options: FlatPassOptions = {},
  ): Promise<FlatSyncResult> {
    if (fileServer === undefined) {
      throw new ReelsyncError('LISTING_INVALID', `There are no listings of server '${serverConfig.id}'`, {
        context: { serverId: serverConfig.id },
      });
    }
    const { database, fileServers, now } = this.dependencies;
    const { signal = new AbortController().signal, onProgress = ignoreProgress } = options;
    const result = emptyResult(serverConfig.id, now());
    const indexes =
      options.skipInitialization === true
        ? 'skipped'
        : (await this.createIndexes())
          ? 'complete'
          : 'incomplete';
    const pass = await this.pass(fileServer, serverConfig, fieldAvailability, options, signal);
    const { fieldCleanup } = this.dependencies;
    const adapter = fileServers.get(serverConfig.id);
    const runId = options.runId ?? this.dependencies.newId?.();
    await passServer(
      {
        database,
        adapter,
        readFile: createFileReader(fileServers),
        tools: {
          pass,
          mayRemove: pass.allAnswered && fieldCleanup === 'enforce',
          isDryRun: pass.allAnswered && fieldCleanup === 'dry-run',
          force: options.forceSync ?? false,
          toUrl: this.toUrl,
          now,
          ...(runId === undefined ? {} : { runId }),
          signal,
          isAvailable: (url) => adapter.checkAvailability(url, { signal }),
          previews: result.blurhash.results,
        },
        result,
      },
      onProgress,
    );
    const { startTime } = result.performance;
    const endTime = now();
    const totalTimeSeconds = (endTime.getTime() - startTime.getTime()) / 1000;
    return { ...result, indexes, performance: { startTime, endTime, totalTimeSeconds } };
  }

  /** All enabled servers, one after the other in the order of configuration, over listings that it reads itself. */
  async syncAll(options: FlatSyncAllOptions = {}): Promise<FlatSyncAllResult> {
    const { signal = new AbortController().signal, acceptShrunken = false } = options;
    const startedAt = this.dependencies.now();
    const enabled = this.dependencies.servers.filter((server) => server.enabled);
    const { listings, errors } = await this.readAll(enabled, acceptShrunken, signal);
    const availability = buildFieldAvailability(
      new Map([...listings].map(([serverId, { listings: raw }]) => [serverId, raw])),
    );
    const results = new Map<string, FlatSyncResult>();
    const runId = this.dependencies.newId?.();
    for (const server of enabled) {
      const read = listings.get(server.id);
      if (read === undefined) continue;
      const result = await this.syncToFlatStructure(read.listings, server, availability, {
        ...options,
        signal,
        ...(runId === undefined ? {} : { runId }),
        allEnabledServersProbed: errors.length === 0,
      });
      for (const { kind, title, problem } of read.unread)
        result.problems.push({
          mediaType: kind === 'movies' ? 'movie' : 'tvShow',
          title,
          serverId: server.id,
          problem,
        });
      results.set(server.id, result);
    }
    return {
      servers: Object.fromEntries(results),
      errors,
      summary: summarize([...results.values()]),
      durationMs: this.dependencies.now().getTime() - startedAt.getTime(),
    };
  }

  /** The listings that can be relied on; a server whose listings cannot counts as not having answered. */
  private async readAll(
    servers: readonly MediaServer[],
    acceptShrunken: boolean,
    signal: AbortSignal,
  ): Promise<{ listings: ReadonlyMap<string, ReadListings>; errors: readonly ServerError[] }> {
    const errors: ServerError[] = [];
    const attempt = async (serverId: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = toReelsyncError(error);
        if (code === 'DATABASE_UNAVAILABLE') throw error;
        errors.push({ serverId, code, error: message });
      }
    };
    const read = new Map<string, ReadListings>();
    for (const server of servers)
      await attempt(server.id, async () => {
        read.set(server.id, await readListings(this.dependencies.fileServers, server, signal));
      });
    if (acceptShrunken) return { listings: read, errors };
    const listings = new Map<string, ReadListings>();
    for (const [serverId, own] of read)
      await attempt(serverId, async () => {
        await refuseShrunken(this.dependencies, serverId, read);
        listings.set(serverId, own);
      });
    return { listings, errors };
  }

  private async pass(
    listings: FileServerListings,
    server: MediaServer,
    given: FieldAvailability | undefined,
    { allEnabledServersProbed }: FlatPassOptions,
    signal: AbortSignal,
  ): Promise<FlatPass> {
    const { servers } = this.dependencies;
    const availability = given ?? buildFieldAvailability(new Map([[server.id, listings]]));
    const hashes = {
      movies: await this.readHashes(server, listings, 'movies', signal),
      tv: await this.readHashes(server, listings, 'tv', signal),
    };
    const isProbed =
      allEnabledServersProbed ?? FlatPass.knowsAll(byPrecedence(servers), server, availability);
    return new FlatPass(server, servers, listings, availability, isProbed, hashes);
  }

  /** Without hashes the pass goes on and stored ones stay as they are (CD-6). */
  private async readHashes(
    server: MediaServer,
    { etags }: FileServerListings,
    kind: ListingKind,
    signal: AbortSignal,
  ): Promise<TitleHashes> {
    try {
      return await readTitleHashes(this.dependencies.fileServers, server, kind, etags?.[kind], signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ReelsyncError) return new Map();
      throw error;
    }
  }

  /**
   * One command per index and pass, whatever is there, as the earlier sync did: without the unique ones a key could be
   * stored twice (DM-1). Then a look at what came of it, since an index with other options counts as there (DM-4).
   */
  private async createIndexes(): Promise<boolean> {
    const { movies, tvShows, seasons, episodes } = this.dependencies.database;
    let areRight = true;
    for (const repository of [movies, tvShows, seasons, episodes]) {
      await repository.createIndexes({ list: false });
      areRight = (await repository.createIndexes()) && areRight;
    }
    return areRight;
  }
}

function ignoreProgress(): void {
  // Nobody watches.
}
