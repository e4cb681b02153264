import { ReelsyncError, type MediaServer, type Unit } from '@reelsync/core';
import {
  NO_SEGMENTS,
  type InventoryChange,
  type InventoryRepository,
  type KnownSegment,
  type KnownSegments,
  type KnownTitles,
  type ListingRepository,
  type ListingState,
  type RefusedChange,
} from '@reelsync/database';
import type { FileServerAdapter, ListingResponse } from '@reelsync/file-server';
import { ChangeSpool } from './change-spool';
import { ListingComparison } from './compare-listing';
import { inChunks } from './in-chunks';
import { worthKnowing } from './known-segments';
import { LISTING_RECORDS_VERSION, type ListingSource } from './listing-source';
import { count, ListingTally, type UnitCount } from './listing-tally';
import { emptyTally, type ServerScan } from './scan-report';
import { NO_HASHES, ServerHashes } from './server-hashes';
import { haveOneOf } from './title-marks';

export interface InventoryRefreshOptions<T> {
  readonly source: ListingSource<T>;
  readonly inventory: Pick<
    InventoryRepository,
    'findDigests' | 'load' | 'applyChanges' | 'countPresent' | 'streamPresent' | 'markMissing'
  >;
  readonly listings: Pick<
    ListingRepository,
    | 'load'
    | 'loadSegments'
    | 'saveSegments'
    | 'saveComplete'
    | 'recordAttempt'
    | 'noteChecked'
    | 'dropValidator'
  >;
  /** Share of a server's records that may vanish in one listing; more looks like an unmounted disk (CL-3, contract §8). */
  readonly maxShrinkFraction: number;
  readonly now: () => Date;
  /** Default: LISTING_RECORDS_VERSION. */
  readonly recordsVersion?: number;
}

/** Keeps a scan that was paused for too long from writing over its successor (OR-1). */
export interface ScanFence {
  readonly token: number;
  /** Whether no other scan of the server has begun since. */
  readonly isCurrent: () => Promise<boolean>;
}

export interface RefreshRequest {
  readonly server: MediaServer;
  readonly fence: ScanFence;
  readonly adapter: Pick<FileServerAdapter, 'fetchListing' | 'fetchTitleHashes'>;
  /** Ignore the validator: read and compare everything. */
  readonly full: boolean;
  readonly acceptShrunken: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (tally: { readonly titles: number; readonly changed: number }) => void;
}

/** What a listing says, and what it is compared with. */
interface Comparison {
  readonly stored: ListingState | null;
  /** By the inventory. */
  readonly held: Readonly<UnitCount>;
  readonly tally: ListingTally;
}

type ChangedListing = Extract<ListingResponse, { readonly status: 'changed' }>;

/**
 * Reads one of a server's listings and brings our inventory of it up to date (design decision 2). Nothing is stored before
 * the listing has proved whole and plausible. Then only what changed is written, each record marked pending in the same
 * write, so that no change is lost whatever crashes afterwards.
 */
export class InventoryRefresh<T> {
  readonly source: ListingSource<T>;
  private readonly recordsVersion: number;

  constructor(private readonly options: InventoryRefreshOptions<T>) {
    this.source = options.source;
    this.recordsVersion = options.recordsVersion ?? LISTING_RECORDS_VERSION;
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
      if (!(error instanceof ReelsyncError) || isOurs(error)) throw error;
      const status = error.code === 'LISTING_SHRUNKEN' ? 'refused' : 'failed';
      const { code, message } = error;
      await listings.recordAttempt(server.id, kind, { at: now(), status, code, message });
      const durationMs = now().getTime() - startedAt.getTime();
      return { ...emptyTally(server.id), status, code, message, durationMs };
    }
  }

  private async readListing(request: RefreshRequest, stored: ListingState | null): Promise<ServerScan> {
    const { kind } = this.source;
    const { server, adapter, full, signal } = request;
    const etag = full || !this.isReadAlike(stored) ? undefined : stored?.etag;
    const response = await adapter.fetchListing(kind, {
      signal,
      ...(etag === undefined ? {} : { etag }),
    });
    if (response.status === 'not-modified') {
      await this.noteUnchanged(server.id, stored);
      return { ...emptyTally(server.id), status: 'not-modified', titles: stored?.titleCount ?? 0 };
    }
    try {
      return await this.compare(request, stored, response);
    } finally {
      // It holds a connection until somebody reads it to the end or lets go of it.
      await response.members.return();
    }
  }

  private async compare(
    request: RefreshRequest,
    stored: ListingState | null,
    response: ChangedListing,
  ): Promise<ServerScan> {
    const { source } = this;
    const { kind } = source;
    const { server, signal, onProgress } = request;
    const { inventory, listings, now } = this.options;
    const known = await this.knownSegments(request, stored);
    const hashes = await this.readHashes(request, response.etag, known.hashes);
    const spool = new ChangeSpool<InventoryChange>();
    const tally = new ListingTally();
    try {
      const comparison = new ListingComparison({
        ...{ source, inventory, server, hashes, tally, spool, signal, onProgress },
      });
      const unmoved = await this.unmoved(server.id, known.listing, hashes);
      const segments = await comparison.run(response.members.segments(unmoved));
      // Which of two records counts, only the whole listing says.
      if (tally.mayRepeat()) return await this.compareWhole(request, stored, response);
      const held = await this.countHeld(server.id, known, stored);
      const { vanished, ...counts } = await this.countVanished(request, { stored, held, tally });
      // From here to the end the inventory reflects neither listing: after a crash everything is compared.
      if (spool.count + vanished > 0 && stored?.etag !== undefined)
        await this.whileCurrent(request, () => listings.dropValidator(server.id, kind));
      const refused = await this.store(request, spool);
      for (const { unit, error } of refused) tally.noteProblem(unit.title, error.message);
      if (vanished > 0) await this.markVanished(request, tally);
      const listing = {
        ...(response.etag === undefined ? {} : { etag: response.etag }),
        ...counts,
        recordsVersion: this.recordsVersion,
        completedAt: now(),
      };
      // What could not be stored is tried, and said, again with every listing.
      const learned = refused.length === 0 ? this.learned(segments, hashes, tally) : NO_SEGMENTS;
      await this.whileCurrent(request, async () => {
        await listings.saveSegments(server.id, kind, listing.completedAt, learned);
        await listings.saveComplete(server.id, kind, listing, stored);
      });
      const { titles, problems, problemCount } = tally;
      return {
        serverId: server.id,
        status: 'changed',
        titles,
        changed: spool.count,
        vanished,
        problems,
        problemCount,
        bytes: response.bytesRead(),
        durationMs: 0,
      };
    } finally {
      await spool.dispose();
    }
  }

  private async compareWhole(
    request: RefreshRequest,
    stored: ListingState | null,
    inVain: ChangedListing,
  ): Promise<ServerScan> {
    const scan = await this.readListing({ ...request, full: true }, stored);
    return { ...scan, bytes: scan.bytes + inVain.bytesRead() };
  }

  /** Whether the same listing still leads to the records that are stored. */
  private isReadAlike(stored: ListingState | null): boolean {
    return stored?.recordsVersion === this.recordsVersion;
  }

  /** Nothing but when that was, unless it ends a failure that people see. */
  private async noteUnchanged(serverId: string, stored: ListingState | null): Promise<void> {
    const { listings, now } = this.options;
    const { kind } = this.source;
    const last = stored?.lastAttempt?.status;
    await listings.noteChecked(serverId, kind, now());
    if (last !== 'failed' && last !== 'refused') return;
    await listings.recordAttempt(serverId, kind, { at: now(), status: 'not-modified' });
  }

  /**
   * The servers' own hashes are copied for readers (CD-9). A hash may be stored only beside the data that it describes
   * (contract §5.4), so it counts only if the listing is still the same after the hashes were read.
   */
  private async readHashes(
    request: RefreshRequest,
    etag: string | undefined,
    known: readonly KnownTitles[],
  ): Promise<ServerHashes> {
    const { kind } = this.source;
    const { adapter, signal } = request;
    if (etag === undefined) return NO_HASHES;
    try {
      const hashes = await adapter.fetchTitleHashes(kind, { signal, known });
      const check = await adapter.fetchListing(kind, { etag, signal });
      if (check.status === 'not-modified') return new ServerHashes(hashes);
      await check.members.return();
      return NO_HASHES;
    } catch (error) {
      // Nothing relies on the hashes (CD-6): without them the scan goes on, and a changed record has none.
      if (error instanceof ReelsyncError && !signal.aborted) return NO_HASHES;
      throw error;
    }
  }

  /** The inventory has the hashes of titles only if another hash is a change of the record. */
  private learned(
    segments: readonly KnownSegment[],
    hashes: ServerHashes,
    tally: ListingTally,
  ): KnownSegments {
    return {
      listing: worthKnowing(segments),
      hashes: this.source.hashedKind === undefined ? [] : worthKnowing(hashes.known(tally)),
    };
  }

  /** The segments in which no title has another hash than before. */
  private async unmoved(
    serverId: string,
    known: readonly KnownSegment[],
    hashes: ServerHashes,
  ): Promise<readonly KnownSegment[]> {
    const { hashedKind } = this.source;
    if (hashedKind === undefined || known.length === 0) return known;
    const moved = await hashes.findMoved(serverId, hashedKind, this.options.inventory);
    if (moved.size === 0) return known;
    return known.filter(({ titleMarks }) => !haveOneOf(titleMarks, moved));
  }

  /** None unless the inventory still reflects the listing that they were remembered of. */
  private async knownSegments(
    { server, full }: RefreshRequest,
    stored: ListingState | null,
  ): Promise<KnownSegments> {
    if (full || !this.isReadAlike(stored)) return NO_SEGMENTS;
    if (stored?.etag === undefined || stored.completedAt === undefined) return NO_SEGMENTS;
    return this.options.listings.loadSegments(server.id, this.source.kind, stored.completedAt);
  }

  /**
   * What the inventory holds of the server. Known segments prove that it is what the last listing left in it, so that nobody
   * has to count.
   */
  private async countHeld(
    serverId: string,
    known: KnownSegments,
    stored: ListingState | null,
  ): Promise<Readonly<UnitCount>> {
    const { titleCount, recordCount } = stored ?? {};
    if (known.listing.length > 0 && titleCount !== undefined && recordCount !== undefined)
      return { titles: titleCount, records: recordCount };
    return this.options.inventory.countPresent(serverId, this.source.unitKinds);
  }

  /**
   * Units that a complete listing no longer names, and what the inventory holds of the server without them. When it names
   * all that the inventory holds, each once, as it mostly does, their numbers say so; otherwise one has to look which are
   * gone.
   */
  private async countVanished(
    request: RefreshRequest,
    { stored, held, tally }: Comparison,
  ): Promise<{ readonly vanished: number; readonly titleCount: number; readonly recordCount: number }> {
    const vanished = { titles: 0, records: 0 };
    const { confirmed, hasRepeated } = tally;
    if (hasRepeated || held.titles !== confirmed.titles || held.records !== confirmed.records) {
      for await (const unit of this.present(request.server.id)) if (!tally.holds(unit)) count(vanished, unit);
    }
    // Of the last complete listing: titles that came with this one do not make up for those that are gone.
    this.refuseShrunken(request, tally, 'titles', vanished.titles, stored?.titleCount ?? held.titles);
    this.refuseShrunken(request, tally, 'records', vanished.records, stored?.recordCount ?? held.records);
    return {
      vanished: vanished.records,
      titleCount: held.titles - vanished.titles + tally.appeared.titles,
      recordCount: held.records - vanished.records + tally.appeared.records,
    };
  }

  private async store(
    request: RefreshRequest,
    spool: ChangeSpool<InventoryChange>,
  ): Promise<readonly RefusedChange[]> {
    const { inventory, now } = this.options;
    const { server, fence } = request;
    const refused: RefusedChange[] = [];
    for await (const changes of spool.chunks())
      await this.whileCurrent(request, async () => {
        refused.push(...(await inventory.applyChanges(server.id, changes, now(), fence.token)));
      });
    return refused;
  }

  /**
   * The token refuses what a newer scan has written; records that the newer scan found unchanged carry no new token. So a
   * scan that finds after a write that it has been succeeded takes the validator away: the next one compares everything.
   */
  private async whileCurrent(
    { server, fence, signal }: RefreshRequest,
    write: () => Promise<void>,
  ): Promise<void> {
    const lost = new ReelsyncError('LEASE_LOST', `A newer scan of '${server.id}' has begun`);
    signal.throwIfAborted();
    if (!(await fence.isCurrent())) throw lost;
    await write();
    if (await fence.isCurrent()) return;
    await this.options.listings.dropValidator(server.id, this.source.kind);
    throw lost;
  }

  /** Nothing is deleted from the catalogue. */
  private async markVanished(request: RefreshRequest, tally: ListingTally): Promise<void> {
    const { inventory, now } = this.options;
    const { server, fence } = request;
    for await (const units of inChunks(this.present(server.id))) {
      const vanished = units.filter((unit) => !tally.holds(unit));
      if (vanished.length === 0) continue;
      await this.whileCurrent(request, () => inventory.markMissing(server.id, vanished, now(), fence.token));
    }
  }

  private present(serverId: string): AsyncIterable<Unit> {
    return this.options.inventory.streamPresent(serverId, this.source.unitKinds);
  }

  /** Refuses a listing from which too much is gone: more likely a disk is not mounted (CL-3, contract §8). */
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
      `Server '${server.id}' lists ${titles} titles; ${vanished} of ${known} known ${what === 'titles' ? 'ones' : what} are gone. Nothing was stored.`,
      { context: { serverId: server.id, vanished, known } },
    );
  }
}

/** Nothing that the server did wrong. */
function isOurs({ code }: ReelsyncError): boolean {
  return code.startsWith('DATABASE_') || code === 'DOCUMENT_INVALID' || code === 'LEASE_LOST';
}
