import { canonicalHash, unitKey } from '@reelsync/core';
import type {
  InventoryChange,
  InventoryRepository,
  ListingKind,
  ListingRepository,
} from '@reelsync/database';
import {
  findKnownOn,
  movieListing,
  tvListing,
  type FindKnown,
  type ListedRecord,
  type ListingSource,
} from '@reelsync/domain';
import type { FileServerData, SyncFailure } from './sync-batch';

export interface SuppliedListingOptions {
  readonly inventory: Pick<InventoryRepository, 'findDigests' | 'load' | 'applyChanges'>;
  readonly listings: Pick<ListingRepository, 'noteSupplied'>;
  readonly now: () => Date;
}

export interface SuppliedTitles {
  readonly serverId: string;
  readonly kind: ListingKind;
  /** Only these of the data; what else it holds is not looked at. */
  readonly titles: readonly string[];
  readonly data: FileServerData;
}

/**
 * Takes what a caller knows of some titles into the inventory, as a listing would be. It is a part of a listing at best,
 * so it never says that a title is gone (CL-1).
 */
export class SuppliedListing {
  constructor(private readonly options: SuppliedListingOptions) {}

  /** Answers with the records that cannot be used; what is known of their titles stays. */
  async apply(supplied: SuppliedTitles): Promise<readonly SyncFailure[]> {
    const { serverId, kind } = supplied;
    const { listings, inventory, now } = this.options;
    const { records, problems } = await readRecords(supplied, findKnownOn(inventory, serverId));
    const changes = await this.findChanges(serverId, records);
    if (changes.length > 0) {
      // Before the write for a crash in between, after it for a scan that began in between: no validator may vouch for
      // records that did not come from its listing.
      await listings.noteSupplied(serverId, kind);
      try {
        const refused = await inventory.applyChanges(serverId, changes, now());
        for (const { unit, error } of refused) problems.push(problemOf(serverId, unit.title, error.message));
      } finally {
        // Some of them may be stored although it failed.
        await listings.noteSupplied(serverId, kind);
      }
    }
    return problems;
  }

  private async findChanges(serverId: string, records: readonly ListedRecord[]): Promise<InventoryChange[]> {
    const units = records.map(({ unit }) => unit);
    const known = await this.options.inventory.findDigests(serverId, units);
    return records.flatMap(({ unit, record }) => {
      const digest = canonicalHash(record);
      const stored = known.get(unitKey(unit));
      return stored?.digest === digest && !stored.missing ? [] : [{ unit, record, digest }];
    });
  }
}

async function readRecords(
  { kind, titles, data, serverId }: SuppliedTitles,
  findKnown: FindKnown,
): Promise<{ readonly records: readonly ListedRecord[]; readonly problems: SyncFailure[] }> {
  const records: ListedRecord[] = [];
  const problems: SyncFailure[] = [];
  for (const title of new Set(titles)) {
    const listing = data[kind] ?? {};
    if (!Object.hasOwn(listing, title)) continue;
    const raw = listing[title];
    const read = await (kind === 'movies'
      ? readTitle(movieListing, title, raw, findKnown)
      : readTitle(tvListing, title, raw, findKnown));
    records.push(...read.records);
    for (const problem of read.problems) problems.push(problemOf(serverId, title, problem));
  }
  return { records, problems };
}

function problemOf(serverId: string, title: string, problem: string): SyncFailure {
  return {
    code: 'LISTING_RECORD_INVALID',
    message: `${serverId}: '${title}' ${problem}`,
    entityId: title,
  };
}

async function readTitle<T>(
  source: ListingSource<T>,
  title: string,
  raw: unknown,
  findKnown: FindKnown,
): Promise<{ readonly records: readonly ListedRecord[]; readonly problems: readonly string[] }> {
  const parsed = source.parse(raw);
  if (!parsed.ok) return { records: [], problems: [parsed.problem] };
  const complete = await source.complete(title, parsed.record, findKnown);
  return { records: source.explode(title, complete).records, problems: parsed.problems };
}
