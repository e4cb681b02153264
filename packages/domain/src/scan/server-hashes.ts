import { unitKey, type Unit } from '@reelsync/core';
import type { InventoryChange, InventoryDigest, InventoryRepository, KnownTitles } from '@reelsync/database';
import type { TitleHash, TitleHashMap } from '@reelsync/file-server';
import type { ListingTally } from './listing-tally';
import { markOf, packMarks, unpackMarks } from './title-marks';

type StoredHashes = Pick<InventoryChange, 'serverHash' | 'contentHash'>;

/**
 * A server's own hashes of its titles, which are copied for readers (CD-9) and nothing relies on (CD-6). Of segments that
 * are as they were, the inventory holds the hashes already.
 */
export class ServerHashes {
  private passed: ReadonlySet<number> | undefined;

  constructor(private readonly map: TitleHashMap<KnownTitles>) {}

  /** Of a title whose entry was read. */
  read(title: string): TitleHash | undefined {
    return this.map.hashes.get(title);
  }

  /** Without a new hash the stored one no longer describes a changed record, unless the server still says the same. */
  describe(title: string, stored: InventoryDigest | undefined): StoredHashes {
    const read = this.read(title);
    if (read !== undefined) return toStored(read.hash, read.contentHash);
    return this.hasPassed(title) ? toStored(stored?.serverHash, stored?.contentHash) : {};
  }

  /** Marks of the titles that the inventory holds with another hash. */
  async findMoved(
    serverId: string,
    kind: 'movie' | 'show',
    inventory: Pick<InventoryRepository, 'findDigests'>,
  ): Promise<ReadonlySet<number>> {
    const units = Array.from(this.map.hashes.keys(), (title): Unit => ({ kind, title }));
    const stored = await inventory.findDigests(serverId, units);
    const moved = units.filter((unit) => {
      const entry = stored.get(unitKey(unit));
      return entry !== undefined && entry.serverHash !== this.read(unit.title)?.hash;
    });
    return new Set(moved.map(({ title }) => markOf(title)));
  }

  /**
   * The segments that need not be read again while they stay as they are. Not those with a title that is not listed: when
   * it comes, its hash has to be read.
   */
  known(tally: ListingTally): readonly KnownTitles[] {
    return this.map.segments.flatMap((segment) => {
      if (segment.kind === 'known') return [segment.known];
      const { titles, mark } = segment;
      if (mark === undefined || !titles.every((title) => tally.names(title))) return [];
      return [{ ...mark, titleMarks: packMarks(titles) }];
    });
  }

  private hasPassed(title: string): boolean {
    this.passed ??= new Set(
      this.map.segments.flatMap((segment) =>
        segment.kind === 'known' ? [...unpackMarks(segment.known.titleMarks)] : [],
      ),
    );
    return this.passed.has(markOf(title));
  }
}

export const NO_HASHES = new ServerHashes({ hashes: new Map(), segments: [] });

function toStored(serverHash: string | undefined, contentHash: string | undefined): StoredHashes {
  return {
    ...(serverHash === undefined ? {} : { serverHash }),
    ...(contentHash === undefined ? {} : { contentHash }),
  };
}
