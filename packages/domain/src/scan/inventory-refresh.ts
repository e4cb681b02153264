import { canonicalHash, ReelsyncError, unitKey, type MediaServer, type Unit } from '@reelsync/core';
import type {
  InventoryChange,
  InventoryDigest,
  InventoryRepository,
  ListingRepository,
  ListingState,
} from '@reelsync/database';
import type { FileServerAdapter, ListingItem } from '@reelsync/file-server';
import type { ListedRecord, ListingSource } from './listing-source';
import { ListingTally } from './listing-tally';
import { emptyTally, type ServerScan } from './scan-report';

export interface InventoryRefreshOptions<T> {
  readonly source: ListingSource<T>;
  readonly inventory: Pick<
    InventoryRepository,
    'findDigests' | 'applyChanges' | 'streamPresent' | 'markMissing'
  >;
  readonly listings: Pick<ListingRepository, 'load' | 'saveComplete' | 'recordAttempt'>;
  /** Share of a server's records that may vanish in one listing; more looks like an unmounted disk (CL-3, contract §8). */
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

type TitleHashes = Awaited<ReturnType<FileServerAdapter['fetchTitleHashes']>>;

/** Records per database round trip. */
const CHUNK_SIZE = 500;

/**
 * Reads one of a server's listings and brings our inventory of it up to date (design decision 2). Writes only what
 * changed; each changed record is marked pending in the same write, so that no change is lost whatever crashes afterwards.
 */
export class InventoryRefresh<T> {
  readonly source: ListingSource<T>;

  constructor(private readonly options: InventoryRefreshOptions<T>) {
    this.source = options.source;
  }

  /** Never throws for what a server does wrong: that is part of the report. Database errors and aborts do throw. */
  async refresh(request: RefreshRequest): Promise<ServerScan> {
    const { listings, now } = this.options;
    const { kind } = this.source;
    const startedAt = now();
    const { server } = request;
    const stored = await listings.load(server.id, kind);
    try {
      const scan = await this.readListing(request, stored);
      return { ...scan, durationMs: now().getTime() - startedAt.getTime() };
    } catch (error) {
      // A scan that is stopped goes back to the queue, whatever else it has met.
      request.signal.throwIfAborted();
      if (!(error instanceof ReelsyncError) || isDatabaseError(error)) throw error;
      const status = error.code === 'LISTING_SHRUNKEN' ? 'refused' : 'failed';
      const { code, message } = error;
      await listings.recordAttempt(server.id, kind, { at: now(), status, code, message });
      const durationMs = now().getTime() - startedAt.getTime();
      return { ...emptyTally(server.id), status, code, message, durationMs };
    }
  }

  private async readListing(request: RefreshRequest, stored: ListingState | null): Promise<ServerScan> {
    const { kind, parse } = this.source;
    const { server, adapter, full, signal } = request;
    const etag = full ? undefined : stored?.etag;
    const response = await adapter.fetchListing(kind, {
      parse,
      signal,
      ...(etag === undefined ? {} : { etag }),
    });
    if (response.status === 'not-modified') {
      await this.noteRecovery(server.id, stored);
      return { ...emptyTally(server.id), status: 'not-modified', titles: stored?.titleCount ?? 0 };
    }
    const hashes = await this.readHashes(request, response.etag);
    const tally = await this.absorb(request, response.items, hashes);
    const { vanished, titleCount, recordCount } = await this.markVanished(request, stored, tally);
    await this.options.listings.saveComplete(server.id, kind, {
      ...(response.etag === undefined ? {} : { etag: response.etag }),
      titleCount,
      recordCount,
      completedAt: this.options.now(),
    });
    const { titles, changed, problems, problemCount } = tally;
    return {
      serverId: server.id,
      status: 'changed',
      titles,
      changed,
      vanished,
      problems,
      problemCount,
      bytes: response.bytesRead(),
      durationMs: 0,
    };
  }

  /** A listing that was not modified writes nothing, unless it ends a failure that people see. */
  private async noteRecovery(serverId: string, stored: ListingState | null): Promise<void> {
    const last = stored?.lastAttempt?.status;
    if (last !== 'failed' && last !== 'refused') return;
    await this.options.listings.recordAttempt(serverId, this.source.kind, {
      at: this.options.now(),
      status: 'not-modified',
    });
  }

  /**
   * The servers' own hashes are copied for readers (CD-9). A hash may be stored only beside the data that it describes
   * (contract §5.4), so it counts only if the listing is still the same after the hashes were read.
   */
  private async readHashes(request: RefreshRequest, etag: string | undefined): Promise<TitleHashes> {
    const { kind, parse } = this.source;
    const { adapter, signal } = request;
    const none: TitleHashes = new Map();
    if (etag === undefined) return none;
    try {
      const hashes = await adapter.fetchTitleHashes(kind, { signal });
      const check = await adapter.fetchListing(kind, { etag, parse, signal });
      if (check.status === 'not-modified') return hashes;
      await discard(check.items);
      return none;
    } catch (error) {
      // Nothing relies on the hashes (CD-6): without them the scan goes on and stored ones stay as they are.
      if (error instanceof ReelsyncError && !signal.aborted) return none;
      throw error;
    }
  }

  private async absorb(
    request: RefreshRequest,
    items: AsyncIterable<ListingItem<T>>,
    hashes: TitleHashes,
  ): Promise<ListingTally> {
    const tally = new ListingTally();
    let chunk = new Map<string, ListedRecord>();
    for await (const item of items) {
      for (const listed of this.noteTitle(tally, item)) chunk.set(unitKey(listed.unit), listed);
      if (chunk.size >= CHUNK_SIZE) {
        await this.applyChunk(request, chunk, hashes, tally);
        chunk = new Map();
      }
    }
    if (chunk.size > 0) await this.applyChunk(request, chunk, hashes, tally);
    return tally;
  }

  private noteTitle(tally: ListingTally, item: ListingItem<T>): readonly ListedRecord[] {
    const { title } = item;
    tally.titles += 1;
    if (!item.ok) {
      tally.noteUnreadTitle(title);
      tally.noteProblem(title, item.problem);
      return [];
    }
    const { records, unread, problems } = this.source.explode(title, item.record);
    for (const { unit } of records) tally.noteUnit(unit);
    for (const unit of unread) tally.noteUnit(unit);
    for (const problem of problems) tally.noteProblem(title, problem);
    return records;
  }

  private async applyChunk(
    { server, signal, onProgress }: RefreshRequest,
    chunk: ReadonlyMap<string, ListedRecord>,
    hashes: TitleHashes,
    tally: ListingTally,
  ): Promise<void> {
    signal.throwIfAborted();
    const { inventory, now } = this.options;
    const listed = [...chunk.values()];
    const known = await inventory.findDigests(
      server.id,
      listed.map(({ unit }) => unit),
    );
    const changes = listed.flatMap(({ unit, record }): InventoryChange[] => {
      const change = { unit, record, digest: canonicalHash(record), ...hashesFor(unit, hashes) };
      return this.isSame(known.get(unitKey(unit)), change) ? [] : [change];
    });
    if (changes.length > 0) await inventory.applyChanges(server.id, changes, now());
    tally.changed += changes.length;
    onProgress({ titles: tally.titles, changed: tally.changed });
  }

  private isSame(stored: InventoryDigest | undefined, { digest, serverHash }: InventoryChange): boolean {
    if (stored === undefined || stored.missing || stored.digest !== digest) return false;
    return !this.source.hashIsChange || serverHash === undefined || serverHash === stored.serverHash;
  }

  /**
   * Units that a complete listing no longer names, unless too many vanish at once. Nothing is deleted from the catalogue.
   * Looks at the whole inventory: a scan that broke off may have stored new titles, so no count can stand in for it.
   */
  private async markVanished(
    request: RefreshRequest,
    stored: ListingState | null,
    tally: ListingTally,
  ): Promise<{ readonly vanished: number; readonly titleCount: number; readonly recordCount: number }> {
    const { inventory, now } = this.options;
    const { server } = request;
    const vanished: Unit[] = [];
    const held = { titles: 0, records: 0 };
    for await (const unit of inventory.streamPresent(server.id, this.source.unitKinds)) {
      held.records += 1;
      if (isTitle(unit)) held.titles += 1;
      if (!tally.holds(unit)) vanished.push(unit);
    }
    const vanishedTitles = vanished.filter(isTitle).length;
    // Of the last complete listing: titles that came with this one do not make up for those that are gone.
    this.refuseShrunken(request, tally, 'titles', vanishedTitles, stored?.titleCount ?? held.titles);
    this.refuseShrunken(request, tally, 'records', vanished.length, stored?.recordCount ?? held.records);
    for (let start = 0; start < vanished.length; start += CHUNK_SIZE)
      await inventory.markMissing(server.id, vanished.slice(start, start + CHUNK_SIZE), now());
    return {
      vanished: vanished.length,
      titleCount: held.titles - vanishedTitles,
      recordCount: held.records - vanished.length,
    };
  }

  private refuseShrunken(
    { server, acceptShrunken }: RefreshRequest,
    { titles }: ListingTally,
    what: 'titles' | 'records',
    vanished: number,
    known: number,
  ): void {
    if (acceptShrunken || vanished <= this.options.maxShrinkFraction * known) return;
    throw new ReelsyncError(
      'LISTING_SHRUNKEN',
      `Server '${server.id}' lists ${titles} titles; ${vanished} of ${known} known ${what === 'titles' ? 'ones' : what} are gone. Nothing was marked as missing.`,
      { context: { serverId: server.id, vanished, known } },
    );
  }
}

/** Hashes describe whole titles. Without a new one the stored one no longer describes a changed record, so it goes. */
function hashesFor(unit: Unit, hashes: TitleHashes): Pick<InventoryChange, 'serverHash' | 'contentHash'> {
  const found = isTitle(unit) ? hashes.get(unit.title) : undefined;
  if (found === undefined) return {};
  const { hash, contentHash } = found;
  return { serverHash: hash, ...(contentHash === undefined ? {} : { contentHash }) };
}

function isTitle({ kind }: Unit): boolean {
  return kind === 'movie' || kind === 'show';
}

function isDatabaseError(error: ReelsyncError): boolean {
  return error.code.startsWith('DATABASE_') || error.code === 'DOCUMENT_INVALID';
}

async function discard(items: AsyncIterable<unknown>): Promise<void> {
  await items[Symbol.asyncIterator]().return?.();
}
