import { hash } from 'node:crypto';
import { unitKey, type Unit } from '@reelsync/core';
import type { RecordProblem } from './scan-report';

const MAX_REPORTED_PROBLEMS = 20;

export interface UnitCount {
  titles: number;
  records: number;
}

export function count(counts: UnitCount, unit: Unit): void {
  counts.records += 1;
  if (isTitle(unit)) counts.titles += 1;
}

export function isTitle({ kind }: Unit): boolean {
  return kind === 'movie' || kind === 'show';
}

/** What has been seen of a listing so far. */
export class ListingTally {
  /** Titles in the listing, readable or not. */
  titles = 0;
  /** What our inventory did not hold as present. */
  readonly appeared: UnitCount = { titles: 0, records: 0 };
  /** What it holds as present and the listing names, whatever it says of it. */
  readonly confirmed: UnitCount = { titles: 0, records: 0 };
  /** A title came twice: what it adds to `confirmed` may count twice too, so the numbers prove nothing. */
  hasRepeated = false;
  problemCount = 0;
  readonly problems: RecordProblem[] = [];
  /** Each title of the listing, and whether nothing of it counts as gone. */
  private readonly seenTitles = new Map<string, boolean>();
  private readonly units = new Set<number>();

  /** Whether the listing has named it before. */
  noteTitle(title: string): boolean {
    this.titles += 1;
    const isRepeated = this.seenTitles.has(title);
    if (!isRepeated) this.seenTitles.set(title, false);
    this.hasRepeated ||= isRepeated;
    return isRepeated;
  }

  noteAppeared(unit: Unit): void {
    count(this.appeared, unit);
  }

  noteConfirmed(unit: Unit): void {
    count(this.confirmed, unit);
  }

  /** A part of the listing that is as it was, with this much in it. */
  noteUnchanged({ titles, records }: Readonly<UnitCount>): void {
    this.confirmed.titles += titles;
    this.confirmed.records += records;
  }

  noteUnit(unit: Unit): void {
    this.units.add(mark(unitKey(unit)));
  }

  /** Nothing of this title was read, so nothing of it counts as gone. */
  noteWholeTitle(title: string): void {
    this.seenTitles.set(title, true);
  }

  noteProblem(title: string, problem: string): void {
    this.problemCount += 1;
    if (this.problems.length < MAX_REPORTED_PROBLEMS)
      this.problems.push({ code: 'LISTING_RECORD_INVALID', title, problem });
  }

  holds(unit: Unit): boolean {
    return this.seenTitles.get(unit.title) === true || this.units.has(mark(unitKey(unit)));
  }
}

/**
 * Six bytes instead of the text itself keep the memory of a scan of 100,000 titles small; a collision can only keep a
 * vanished unit present, never the other way round. That would not do for titles, of which the second is left out.
 */
function mark(text: string): number {
  return hash('sha1', text, 'buffer').readUIntBE(0, 6);
}
