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
  InventoryDigest,
  InventoryRepository,
  ListingRepository,
  ListingState,
} from '@reelsync/database';
import type { FileServerAdapter, ListingItem } from '@reelsync/file-server';
import { ChangeSpool } from './change-spool';
import { inChunks } from './in-chunks';
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

const KIND = 'movie';
const MAX_REPORTED_PROBLEMS = 20;

/**
 * Reads one server's listing and brings our inventory of it up to date (design decision 2). Nothing is stored before the
 * listing has proved whole and plausible. Then only what changed is written, each record marked pending in the same
 * write, so that no change is lost whatever crashes afterwards.
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
    const spool = new ChangeSpool<SpooledChange>();
    try {
      const tally = await this.compare(request, response.items, hashes, spool);
      const { vanished, known } = await this.countVanished(request, stored, tally);
      for await (const changes of spool.chunks()) {
        signal.throwIfAborted();
        await this.options.inventory.applyChanges(KIND, server.id, changes, this.options.now());
      }
      if (vanished > 0) await this.markVanished(server.id, tally);
      const listing = {
        ...(response.etag === undefined ? {} : { etag: response.etag }),
        titleCount: known - vanished + tally.appeared,
        completedAt: this.options.now(),
      };
      await this.options.listings.saveComplete(server.id, KIND, listing, stored?.completedAt);
      return {
        serverId: server.id,
        status: 'changed',
        titles: tally.titles,
        changed: spool.count,
        vanished,
        problems: tally.problems,
        problemCount: tally.problemCount,
        bytes: response.bytesRead(),
        durationMs: 0,
      };
    } finally {
      await spool.dispose();
    }
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

  private async compare(
    request: RefreshRequest,
    items: AsyncIterable<ListingItem<MovieRecord>>,
    hashes: ReadonlyMap<string, string>,
    spool: ChangeSpool<SpooledChange>,
  ): Promise<Tally> {
    const tally: Tally = { titles: 0, appeared: 0, problems: [], problemCount: 0, seen: new Set() };
    for await (const chunk of inChunks(readable(items, tally))) {
      request.signal.throwIfAborted();
      const { inventory } = this.options;
      const titles = chunk.map(({ title }) => title);
      const known = await inventory.findDigests(KIND, request.server.id, titles);
      const changes: SpooledChange[] = [];
      for (const { title, record } of chunk) {
        const digest = canonicalHash(record);
        const serverHash = hashes.get(title);
        const stored = known.get(title);
        if (stored === undefined || stored.missing) tally.appeared += 1;
        else if (isSame(stored, digest, serverHash)) continue;
        // Without a new hash the stored one no longer describes this record, so it goes.
        changes.push(
          serverHash === undefined ? { title, record, digest } : { title, record, digest, serverHash },
        );
      }
      await spool.add(changes);
      request.onProgress({ titles: tally.titles, changed: spool.count });
    }
    return tally;
  }

  /** Refuses a listing from which too many titles are gone: more likely a disk is not mounted (CL-3, contract §8). */
  private async countVanished(
    { server, acceptShrunken }: RefreshRequest,
    stored: ListingState | null,
    tally: Tally,
  ): Promise<{ readonly vanished: number; readonly known: number }> {
    let vanished = 0;
    let known = 0;
    for await (const title of this.options.inventory.streamPresentTitles(KIND, server.id)) {
      known += 1;
      if (!tally.seen.has(titleMark(title))) vanished += 1;
    }
    // Of the last complete listing: titles that came with a scan that broke off do not make up for those that are gone.
    const listed = stored?.titleCount ?? known;
    if (vanished > this.options.maxShrinkFraction * listed && !acceptShrunken) {
      throw new ReelsyncError(
        'LISTING_SHRUNKEN',
        `Server '${server.id}' lists ${tally.titles} titles; ${vanished} of ${listed} known ones are gone. Nothing was stored.`,
        { context: { serverId: server.id, vanished, listed } },
      );
    }
    return { vanished, known };
  }

  private async markVanished(serverId: string, { seen }: Tally): Promise<void> {
    const { inventory, now } = this.options;
    const present = inventory.streamPresentTitles(KIND, serverId);
    for await (const titles of inChunks(present)) {
      const vanished = titles.filter((title) => !seen.has(titleMark(title)));
      if (vanished.length > 0) await inventory.markMissing(KIND, serverId, vanished, now());
    }
  }
}

type SpooledChange = InventoryChange;

interface Tally {
  /** Titles in the listing, readable or not. */
  titles: number;
  /** Titles that our inventory did not hold as present. */
  appeared: number;
  readonly problems: RecordProblem[];
  problemCount: number;
  /** 48-bit marks of all titles; a collision can only keep a vanished title present, never the other way round. */
  readonly seen: Set<number>;
}

/** The records that can be used, each title once; the others are noted, and count as present (they are on the server). */
async function* readable(
  items: AsyncIterable<ListingItem<MovieRecord>>,
  tally: Tally,
): AsyncIterable<{ readonly title: string; readonly record: MovieRecord }> {
  for await (const item of items) {
    tally.titles += 1;
    const mark = titleMark(item.title);
    const isRepeated = tally.seen.has(mark);
    tally.seen.add(mark);
    if (item.ok && !isRepeated) {
      yield item;
      continue;
    }
    tally.problemCount += 1;
    if (tally.problems.length >= MAX_REPORTED_PROBLEMS) continue;
    const problem = item.ok ? 'is listed twice; the first one counts' : item.problem;
    tally.problems.push({ code: 'LISTING_RECORD_INVALID', title: item.title, problem });
  }
}

function isSame(stored: InventoryDigest, digest: string, serverHash: string | undefined): boolean {
  return stored.digest === digest && (serverHash === undefined || serverHash === stored.serverHash);
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
