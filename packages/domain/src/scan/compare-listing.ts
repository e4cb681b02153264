import { canonicalHash, unitKey, type MediaServer } from '@reelsync/core';
import type { InventoryChange, InventoryDigest, InventoryRepository, KnownSegment } from '@reelsync/database';
import { toListingItem, type DocumentSegment, type ListingItem } from '@reelsync/file-server';
import type { ChangeSpool } from './change-spool';
import { findKnownOn, type FindKnown, type ListedRecord, type ListingSource } from './listing-source';
import { isTitle, type ListingTally } from './listing-tally';
import type { ServerHashes } from './server-hashes';
import { packMarks } from './title-marks';

export interface ListingComparisonOptions<T> {
  readonly source: ListingSource<T>;
  readonly inventory: Pick<InventoryRepository, 'findDigests' | 'load'>;
  readonly server: MediaServer;
  readonly hashes: ServerHashes;
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
  async run(segments: AsyncIterable<DocumentSegment<KnownSegment>>): Promise<readonly KnownSegment[]> {
    const { tally, spool, signal, onProgress } = this.options;
    for await (const segment of segments) {
      signal.throwIfAborted();
      if (segment.kind === 'known') this.pass(segment.known);
      else await this.read(segment);
      onProgress({ titles: tally.titles, changed: spool.count });
    }
    await this.check();
    onProgress({ titles: tally.titles, changed: spool.count });
    return this.segments;
  }

  private pass(known: KnownSegment): void {
    this.options.tally.noteUnchanged(known);
    this.segments.push(known);
  }

  private async read({ members, mark }: DocumentSegment<KnownSegment> & { kind: 'read' }): Promise<void> {
    const { tally, source } = this.options;
    const { problemCount } = tally;
    const titles: string[] = [];
    let records = 0;
    for (const member of members) {
      const item = toListingItem(member, source.parse);
      if (item === undefined) continue;
      const listed = await this.readable(item);
      this.unchecked.push(...listed);
      titles.push(item.title);
      records += listed.length;
      if (this.unchecked.length >= CHUNK_SIZE) await this.check();
    }
    // What cannot be used is said again with every listing, until it is mended.
    if (mark === undefined || tally.problemCount !== problemCount) return;
    this.segments.push({ ...mark, titles: titles.length, records, titleMarks: packMarks(titles) });
  }

  /** The records that can be used, each title once; the others are noted, and count as present (they are on the server). */
  private async readable(item: ListingItem<T>): Promise<readonly ListedRecord[]> {
    const { tally } = this.options;
    const { title } = item;
    const isRepeated = tally.noteTitle(title);
    if (!item.ok) {
      tally.noteUnreadable(title);
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
      const digest = canonicalHash(record);
      if (this.isSame(unit, stored, digest)) return [];
      // Hashes describe whole titles.
      const hashes = isTitle(unit) ? this.options.hashes.describe(unit.title, stored) : {};
      return [{ unit, record, digest, ...hashes }];
    });
    await spool.add(changes);
  }

  private isSame(unit: ListedRecord['unit'], stored: InventoryDigest | undefined, digest: string): boolean {
    if (stored === undefined || stored.missing || stored.digest !== digest) return false;
    const { source, hashes } = this.options;
    if (unit.kind !== source.hashedKind) return true;
    const read = hashes.read(unit.title);
    return read === undefined || read.hash === stored.serverHash;
  }
}

function noteRepeated(tally: ListingTally, title: string): void {
  tally.noteProblem(title, 'is listed twice; the first one counts');
}
