import { DigestSet, textDigest, unitKey, type Unit } from '@reelsync/core';
import type { KnownSegment } from '@reelsync/database';
import type { RecordProblem } from './scan-report';
import { haveOneOf, markIn, markOf, marksIn } from './title-marks';

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
  /** Titles in segments that were read, and their marks. */
  private readonly seen = new DigestSet();
  private readonly seenMarks: number[] = [];
  /** Titles of which nothing could be read, so that nothing of them counts as gone. */
  private readonly unreadable = new Set<string>();
  private readonly units = new DigestSet();
  /** Of titles in segments that were passed over; nothing of them counts as gone. */
  private readonly passedMarks: string[] = [];
  private passed: ReadonlySet<number> | undefined;

  /** Whether the listing has named it before. */
  noteTitle(title: string): boolean {
    this.titles += 1;
    const digest = textDigest(title);
    const isRepeated = !this.seen.add(digest);
    if (!isRepeated) this.seenMarks.push(markIn(digest));
    this.hasRepeated ||= isRepeated;
    return isRepeated;
  }

  noteAppeared(unit: Unit): void {
    count(this.appeared, unit);
  }

  noteConfirmed(unit: Unit): void {
    count(this.confirmed, unit);
  }

  /** A part of the listing that is as it was. */
  noteUnchanged({ titles, records, titleMarks }: KnownSegment): void {
    this.titles += titles;
    this.confirmed.titles += titles;
    this.confirmed.records += records;
    this.passedMarks.push(titleMarks);
    this.passed = undefined;
  }

  noteUnit(unit: Unit): void {
    this.units.add(textDigest(unitKey(unit)));
  }

  /**
   * Whether a title that was read may stand in a part that was passed over as well. Marks can collide, so only a reading
   * of the whole listing tells.
   */
  mayRepeat(): boolean {
    if (this.passedMarks.length === 0) return false;
    const seen = new Set(this.seenMarks);
    return this.passedMarks.some((packed) => haveOneOf(packed, seen));
  }

  /** Whether the listing has a record of it that could be read, now or when its segment was. */
  hasRecord(title: string): boolean {
    if (this.seen.has(textDigest(title))) return !this.unreadable.has(title);
    return this.hasPassed(title);
  }

  /** Nothing of this title was read, so nothing of it counts as gone. */
  noteUnreadable(title: string): void {
    this.unreadable.add(title);
  }

  noteProblem(title: string, problem: string): void {
    this.problemCount += 1;
    if (this.problems.length < MAX_REPORTED_PROBLEMS)
      this.problems.push({ code: 'LISTING_RECORD_INVALID', title, problem });
  }

  holds(unit: Unit): boolean {
    const { title } = unit;
    return this.unreadable.has(title) || this.units.has(textDigest(unitKey(unit))) || this.hasPassed(title);
  }

  private hasPassed(title: string): boolean {
    this.passed ??= marksIn(this.passedMarks);
    return this.passed.has(markOf(title));
  }
}
