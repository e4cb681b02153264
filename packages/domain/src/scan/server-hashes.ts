import { unitKey, type Unit } from '@reelsync/core';
import type { InventoryChange, InventoryDigest, InventoryRepository, KnownTitles } from '@reelsync/database';
import { hashedTitlesIn, type TitleHash, type TitleHashMap } from '@reelsync/file-server';
import type { ListingTally } from './listing-tally';
import { markOf, marksIn, packMarks } from './title-marks';

type StoredHashes = Pick<InventoryChange, 'serverHash' | 'contentHash'>;

/**
 * A server's own hashes of its titles, which are copied for readers (CD-9) and nothing relies on (CD-6). What stands in
 * known segments is what the inventory holds already.
 */
export class ServerHashes {
  private passed: ReadonlySet<number> | undefined;

  constructor(private readonly map: TitleHashMap<KnownTitles>) {}

  /** Of a title whose entry was read, if it has one. */
  read(title: string): TitleHash | undefined {
    return this.map.get(title);
  }

  /** Without a new hash the stored one no longer describes a changed record, unless the server still says the same. */
  describe(title: string, stored: InventoryDigest | undefined): StoredHashes {
    const read = this.read(title);
    if (read !== undefined) return toStored(read.hash, read.contentHash);
    return this.hasPassed(title) ? toStored(stored?.serverHash, stored?.contentHash) : {};
  }

  /** Marks of the titles whose hash was read and is not the one that the inventory holds. */
  async findMoved(
    serverId: string,
    kind: 'movie',
    inventory: Pick<InventoryRepository, 'findDigests'>,
  ): Promise<ReadonlySet<number>> {
    const units = this.map.segments
      .flatMap((segment) => (segment.kind === 'read' ? hashedTitlesIn(segment) : []))
      .map((title): Unit => ({ kind, title }));
    const stored = await inventory.findDigests(serverId, units);
    const moved = units.filter((unit) => {
      const entry = stored.get(unitKey(unit));
      return entry !== undefined && entry.serverHash !== this.read(unit.title)?.hash;
    });
    return new Set(moved.map(({ title }) => markOf(title)));
  }

  /**
   * The segments that need not be read again while they stay as they are: the inventory has all their hashes now. Not those
   * with a title of which there is no record yet: when it comes, its hash has to be read.
   */
  known(tally: ListingTally): readonly KnownTitles[] {
    return this.map.segments.flatMap((segment) => {
      if (segment.kind === 'known') return [segment.known];
      const { mark, titles } = segment;
      const hashed = hashedTitlesIn(segment);
      if (mark === undefined || !hashed.every((title) => tally.hasRecord(title))) return [];
      return [{ ...mark, titles, titleMarks: packMarks(hashed) }];
    });
  }

  private hasPassed(title: string): boolean {
    this.passed ??= marksIn(
      this.map.segments.flatMap((segment) => (segment.kind === 'known' ? segment.known.titleMarks : [])),
    );
    return this.passed.has(markOf(title));
  }
}

export const NO_HASHES = new ServerHashes({ get: () => undefined, segments: [] });

function toStored(serverHash: string | undefined, contentHash: string | undefined): StoredHashes {
  return {
    ...(serverHash === undefined ? {} : { serverHash }),
    ...(contentHash === undefined ? {} : { contentHash }),
  };
}
