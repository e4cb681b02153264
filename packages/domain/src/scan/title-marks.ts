import { textDigest } from '@reelsync/core';

const MARK_BYTES = 6;

/** Six bytes in the place of a title: few enough to be stored for each. */
export function markOf(title: string): number {
  return markIn(textDigest(title));
}

/** By the digest of the title. */
export function markIn(digest: Buffer): number {
  return digest.readUIntBE(0, MARK_BYTES);
}

/** The marks of these titles, to be stored. */
export function packMarks(titles: readonly string[]): string {
  return Buffer.concat(titles.map((title) => textDigest(title).subarray(0, MARK_BYTES))).toString('base64');
}

export function* unpackMarks(packed: string): Generator<number> {
  const bytes = Buffer.from(packed, 'base64');
  for (let at = 0; at < bytes.length; at += MARK_BYTES) yield bytes.readUIntBE(at, MARK_BYTES);
}

export function marksIn(packed: readonly string[]): ReadonlySet<number> {
  return new Set(packed.flatMap((marks) => [...unpackMarks(marks)]));
}

export function haveOneOf(packed: string, marks: ReadonlySet<number>): boolean {
  for (const mark of unpackMarks(packed)) if (marks.has(mark)) return true;
  return false;
}
