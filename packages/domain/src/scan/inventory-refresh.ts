import { createHash } from 'node:crypto';
import {
  canonicalHash,
  parseMovieRecord,
  ReelsyncError,
  type MediaServer,
  type MovieRecord,
} from '@reelsync/core';
import type {
  InventoryChange,
  InventoryRepository,
  ListingRepository,
  ListingState,
} from '@reelsync/database';
import type { FileServerAdapter, ListingItem } from '@reelsync/file-server';
import { emptyTally, type RecordProblem, type ServerScan } from './scan-report';

export interface InventoryRefreshOptions {
  readonly inventory: Pick<
    InventoryRepository,
    'findDigests' | 'applyChanges' | 'streamPresentTitles' | 'markMissing'
  >;
  readonly listings: Pick<ListingRepository, 'load' | 'saveComplete' | 'recordAttempt'>;
  /** Share of a server's titles that may vanish in one listing; more looks like an unmounted disk (CL-3, contract §8). */
  readonly maxShrinkFraction: number;
  readonly now: () => Date;
}

export interface RefreshRequest {
  readonly server: MediaServer;
  readonly adapter: Pick<FileServerAdapter, 'fetchListing' | 'fetchTitleHashes'>;
  /** Ignore the validator: read and compare everything. */
  readonly full: boolean;
  readonly acceptShrunken: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (tally: { readonly titles: number; readonly changed: number }) => void;
}

/** Records per database round trip. */
const CHUNK_SIZE = 500;
const KIND = 'movie';
const MAX_REPORTED_PROBLEMS = 20;

/**
 * Reads one server's listing and brings our inventory of it up to date (design decision 2). Writes only what changed;
 * each changed record is marked pending in the same write, so that no change is lost whatever crashes afterwards.
 */
export class InventoryRefresh {
  constructor(private readonly options: InventoryRefreshOptions) {}

  /** Never throws for what a server does wrong: that is part of the report. Database errors and aborts do throw. */
  async refresh(request: RefreshRequest): Promise<ServerScan> {
    const startedAt = this.options.now();
    const { server } = request;
    const stored = await this.options.listings.load(server.id, KIND);
    try {
      const scan = await this.readListing(request, stored);
      return { ...scan, durationMs: this.options.now().getTime() - startedAt.getTime() };
    } catch (error) {
      // A scan that is stopped goes back to the queue, whatever else it has met.
      request.signal.throwIfAborted();
      if (!(error instanceof ReelsyncError) || isDatabaseError(error)) throw error;
      const status = error.code === 'LISTING_SHRUNKEN' ? 'refused' : 'failed';
      await this.options.listings.recordAttempt(server.id, KIND, {
        at: this.options.now(),
        status,
        code: error.code,
        message: error.message,
      });
      const durationMs = this.options.now().getTime() - startedAt.getTime();
      return { ...emptyTally(server.id), status, code: error.code, message: error.message, durationMs };
    }
  }

  private async readListing(request: RefreshRequest, stored: ListingState | null): Promise<ServerScan> {
    const { server, adapter, full, signal } = request;
    const etag = full ? undefined : stored?.etag;
    const response = await adapter.fetchListing<MovieRecord>('movies', {
      parse: parseMovieRecord,
      signal,
      ...(etag === undefined ? {} : { etag }),
    });
    if (response.status === 'not-modified') {
      await this.noteRecovery(server.id, stored);
      return { ...emptyTally(server.id), status: 'not-modified', titles: stored?.titleCount ?? 0 };
    }
    const hashes = await this.readHashes(request, response.etag);
    const tally = await this.absorb(request, response.items, hashes);
    const { vanished, present } = await this.markVanished(request, stored, tally);
    await this.options.listings.saveComplete(server.id, KIND, {
      ...(response.etag === undefined ? {} : { etag: response.etag }),
      titleCount: present,
      completedAt: this.options.now(),
    });
    return {
      serverId: server.id,
      status: 'changed',
      titles: tally.titles,
      changed: tally.changed,
      vanished,
      problems: tally.problems,
      problemCount: tally.problemCount,
      bytes: response.bytesRead(),
      durationMs: 0,
    };
  }

  /** A listing that was not modified writes nothing, unless it ends a failure that people see. */
  private async noteRecovery(serverId: string, stored: ListingState | null): Promise<void> {
    const last = stored?.lastAttempt?.status;
    if (last !== 'failed' && last !== 'refused') return;
    await this.options.listings.recordAttempt(serverId, KIND, {
      at: this.options.now(),
      status: 'not-modified',
    });
  }

  /**
   * The servers' own hashes are copied for readers (CD-9). A hash may be stored only beside the data that it describes
   * (contract §5.4), so it counts only if the listing is still the same after the hashes were read.
   */
  private async readHashes(
    request: RefreshRequest,
    etag: string | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const none = new Map<string, string>();
    if (etag === undefined) return none;
    try {
      const hashes = await request.adapter.fetchTitleHashes('movies', { signal: request.signal });
      const check = await request.adapter.fetchListing('movies', {
        etag,
        parse: parseMovieRecord,
        signal: request.signal,
      });
      if (check.status === 'not-modified')
        return new Map([...hashes].map(([title, { hash }]) => [title, hash]));
      await discard(check.items);
      return none;
    } catch (error) {
      // Nothing relies on the hashes (CD-6): without them the scan goes on and stored ones stay as they are.
      if (error instanceof ReelsyncError && !request.signal.aborted) return none;
      throw error;
    }
  }

  private async absorb(
    request: RefreshRequest,
    items: AsyncIterable<ListingItem<MovieRecord>>,
    hashes: ReadonlyMap<string, string>,
  ): Promise<Tally> {
    const tally: Tally = {
      titles: 0,
      changed: 0,
      problems: [],
      problemCount: 0,
      seen: new Set(),
    };
    let chunk = new Map<string, MovieRecord>();
    for await (const item of items) {
      noteTitle(tally, item);
      if (item.ok) chunk.set(item.title, item.record);
      if (chunk.size >= CHUNK_SIZE) {
        await this.applyChunk(request, chunk, hashes, tally);
        chunk = new Map();
      }
    }
    if (chunk.size > 0) await this.applyChunk(request, chunk, hashes, tally);
    return tally;
  }

  private async applyChunk(
    { server, signal, onProgress }: RefreshRequest,
    chunk: ReadonlyMap<string, MovieRecord>,
    hashes: ReadonlyMap<string, string>,
    tally: Tally,
  ): Promise<void> {
    signal.throwIfAborted();
    const { inventory, now } = this.options;
    const known = await inventory.findDigests(KIND, server.id, [...chunk.keys()]);
    const changes: InventoryChange[] = [];
    for (const [title, record] of chunk) {
      const digest = canonicalHash(record);
      const serverHash = hashes.get(title);
      const stored = known.get(title);
      const isSame =
        stored !== undefined &&
        !stored.missing &&
        stored.digest === digest &&
        (serverHash === undefined || serverHash === stored.serverHash);
      if (isSame) continue;
      // Without a new hash the stored one no longer describes this record, so it goes.
      changes.push(
        serverHash === undefined ? { title, record, digest } : { title, record, digest, serverHash },
      );
    }
    if (changes.length > 0) await inventory.applyChanges(KIND, server.id, changes, now());
    tally.changed += changes.length;
    onProgress({ titles: tally.titles, changed: tally.changed });
  }

  /**
   * Titles that a complete listing no longer names, unless too many vanish at once. Nothing is deleted from the catalogue.
   * Looks at the whole inventory: a scan that broke off may have stored new titles, so no count can stand in for it.
   */
  private async markVanished(
    request: RefreshRequest,
    stored: ListingState | null,
    tally: Tally,
  ): Promise<{ readonly vanished: number; readonly present: number }> {
    const { inventory, maxShrinkFraction, now } = this.options;
    const { server, acceptShrunken } = request;
    const vanished: string[] = [];
    let held = 0;
    for await (const title of inventory.streamPresentTitles(KIND, server.id)) {
      held += 1;
      if (!tally.seen.has(titleMark(title))) vanished.push(title);
    }
    // Of the last complete listing: titles that came with this one do not make up for those that are gone.
    const known = stored?.titleCount ?? held;
    if (vanished.length > maxShrinkFraction * known && !acceptShrunken) {
      throw new ReelsyncError(
        'LISTING_SHRUNKEN',
        `Server '${server.id}' lists ${tally.titles} titles; ${vanished.length} of ${known} known ones are gone. Nothing was marked as missing.`,
        { context: { serverId: server.id, vanished: vanished.length, known } },
      );
    }
    for (let start = 0; start < vanished.length; start += CHUNK_SIZE) {
      await inventory.markMissing(KIND, server.id, vanished.slice(start, start + CHUNK_SIZE), now());
    }
    return { vanished: vanished.length, present: held - vanished.length };
  }
}

interface Tally {
  /** Titles in the listing, readable or not. */
  titles: number;
  changed: number;
  readonly problems: RecordProblem[];
  problemCount: number;
  /** 48-bit marks of all titles; a collision can only keep a vanished title present, never the other way round. */
  readonly seen: Set<number>;
}

function noteTitle(tally: Tally, item: ListingItem<MovieRecord>): void {
  tally.titles += 1;
  tally.seen.add(titleMark(item.title));
  if (item.ok) return;
  tally.problemCount += 1;
  if (tally.problems.length < MAX_REPORTED_PROBLEMS)
    tally.problems.push({ title: item.title, problem: item.problem });
}

/** Six bytes per title instead of the title itself keep the memory of a scan of 100,000 titles small. */
function titleMark(title: string): number {
  return createHash('sha1').update(title).digest().readUIntBE(0, 6);
}

function isDatabaseError(error: ReelsyncError): boolean {
  return error.code.startsWith('DATABASE_') || error.code === 'DOCUMENT_INVALID';
}

async function discard(items: AsyncIterable<unknown>): Promise<void> {
  await items[Symbol.asyncIterator]().return?.();
}
