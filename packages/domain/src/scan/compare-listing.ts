import { canonicalHash, unitKey, type MediaServer } from '@reelsync/core';
import type { InventoryChange, InventoryDigest, InventoryRepository, KnownSegment } from '@reelsync/database';
import {
  isVersion,
  toListingItem,
  withTitle,
  type FileServerAdapter,
  type ListingItem,
  type ListingMember,
  type TitledMember,
} from '@reelsync/file-server';
import type { ChangeSpool } from './change-spool';
import { inSegments, type ListingSegment } from './listing-segments';
import { findKnownOn, type FindKnown, type ListedRecord, type ListingSource } from './listing-source';
import { isTitle, type ListingTally } from './listing-tally';

export type TitleHashes = Awaited<ReturnType<FileServerAdapter['fetchTitleHashes']>>;

export interface ListingComparisonOptions<T> {
  readonly source: ListingSource<T>;
  readonly inventory: Pick<InventoryRepository, 'findDigests' | 'load'>;
  readonly server: MediaServer;
  readonly hashes: TitleHashes;
  /** Of the listing that the inventory reflects; empty to compare everything. By digest. */
  readonly known: ReadonlyMap<string, KnownSegment>;
  readonly tally: ListingTally;
  readonly spool: ChangeSpool<InventoryChange>;
  readonly signal: AbortSignal;
  readonly onProgress: (tally: { readonly titles: number; readonly changed: number }) => void;
}

/** Records per query. */
const CHUNK_SIZE = 500;

/**
 * Finds what a listing says anew. A segment that the last complete listing had as well is neither parsed nor looked up:
 * what a change costs is its own segment, and for the rest of the library only the reading of its bytes.
 */
export class ListingComparison<T> {
  private readonly segments: KnownSegment[] = [];
  private unchecked: ListedRecord[] = [];

  private readonly findKnown: FindKnown;

  constructor(private readonly options: ListingComparisonOptions<T>) {
    this.findKnown = findKnownOn(options.inventory, options.server.id);
  }

  /** Returns the segments by which the next listing can be compared. */
  async run(members: AsyncIterable<ListingMember>): Promise<readonly KnownSegment[]> {
    const { known, tally, spool, signal, onProgress } = this.options;
    for await (const segment of inSegments(onlyTitles(members), (member) => this.hashOf(member))) {
      signal.throwIfAborted();
      const same = known.get(segment.digest);
      if (same === undefined) await this.read(segment);
      else this.pass(segment, same);
      onProgress({ titles: tally.titles, changed: spool.count });
    }
    await this.check();
    onProgress({ titles: tally.titles, changed: spool.count });
    return this.segments;
  }

  private pass({ members }: ListingSegment<TitledMember>, same: KnownSegment): void {
    const { tally } = this.options;
    tally.noteUnchanged(same);
    for (const { title = '' } of members) {
      if (tally.noteTitle(title)) noteRepeated(tally, title);
      tally.noteWholeTitle(title);
    }
    this.segments.push(same);
  }

  private async read({ digest, members }: ListingSegment<TitledMember>): Promise<void> {
    const { tally, source } = this.options;
    const { problemCount } = tally;
    let titles = 0;
    let records = 0;
    for (const member of members) {
      const item = toListingItem(member, source.parse);
      if (item === undefined) continue;
      const listed = await this.readable(item);
      this.unchecked.push(...listed);
      titles += 1;
      records += listed.length;
      if (this.unchecked.length >= CHUNK_SIZE) await this.check();
    }
    // What cannot be used is said again with every listing, until it is mended.
    if (tally.problemCount === problemCount) this.segments.push({ digest, titles, records });
  }

  /** The records that can be used, each title once; the others are noted, and count as present (they are on the server). */
  private async readable(item: ListingItem<T>): Promise<readonly ListedRecord[]> {
    const { tally } = this.options;
    const { title } = item;
    const isRepeated = tally.noteTitle(title);
    if (!item.ok) {
      tally.noteWholeTitle(title);
      tally.noteProblem(title, item.problem);
      return [];
    }
    if (isRepeated) {
      noteRepeated(tally, title);
      return [];
    }
    for (const problem of item.problems) tally.noteProblem(title, problem);
    return this.explode(title, item.record);
  }

  private async explode(title: string, parsed: T): Promise<readonly ListedRecord[]> {
    const { source, tally } = this.options;
    const complete = await source.complete(title, parsed, this.findKnown);
    const { records, unread } = source.explode(title, complete);
    for (const { unit } of records) tally.noteUnit(unit);
    for (const unit of unread) tally.noteUnit(unit);
    return records;
  }

  private async check(): Promise<void> {
    const { inventory, server, tally, spool } = this.options;
    const listed = this.unchecked.splice(0);
    if (listed.length === 0) return;
    const known = await inventory.findDigests(
      server.id,
      listed.map(({ unit }) => unit),
    );
    const changes = listed.flatMap(({ unit, record }): InventoryChange[] => {
      const stored = known.get(unitKey(unit));
      if (stored === undefined || stored.missing) tally.noteAppeared(unit);
      else tally.noteConfirmed(unit);
      const change = { unit, record, digest: canonicalHash(record), ...this.hashesFor(unit) };
      return this.isSame(stored, change) ? [] : [change];
    });
    await spool.add(changes);
  }

  private isSame(stored: InventoryDigest | undefined, { digest, serverHash }: InventoryChange): boolean {
    if (stored === undefined || stored.missing || stored.digest !== digest) return false;
    return !this.options.source.hashIsChange || serverHash === undefined || serverHash === stored.serverHash;
  }

  /** Hashes describe whole titles. Without a new one the stored one no longer describes a changed record, so it goes. */
  private hashesFor(unit: ListedRecord['unit']): Pick<InventoryChange, 'serverHash' | 'contentHash'> {
    const found = isTitle(unit) ? this.options.hashes.get(unit.title) : undefined;
    if (found === undefined) return {};
    const { hash, contentHash } = found;
    return { serverHash: hash, ...(contentHash === undefined ? {} : { contentHash }) };
  }

  /** What makes a record a changed one although the listing says the same. */
  private hashOf({ title = '' }: TitledMember): string {
    const { source, hashes } = this.options;
    if (!source.hashIsChange || hashes.size === 0) return '';
    return hashes.get(title)?.hash ?? '';
  }
}

function noteRepeated(tally: ListingTally, title: string): void {
  tally.noteProblem(title, 'is listed twice; the first one counts');
}

async function* onlyTitles(members: AsyncIterable<ListingMember>): AsyncGenerator<TitledMember> {
  for await (const member of members) {
    const titled = withTitle(member);
    if (!isVersion(titled)) yield titled;
  }
}
