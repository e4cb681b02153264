import type { KnownTitles } from '@reelsync/database';

/** Two lists go into one document, which may have 16 MB. */
const MAX_BYTES = 6e6;
/** Of a segment, apart from its first name and its marks. */
const FIXED_BYTES = 200;
/** Newly cut segments have 128 titles on average (see SegmentCutter); some are always shorter. */
const MIN_TITLES = 16;
/** Of a document: few titles make a whole segment if they are as large as large shows. */
const LARGE_BYTES = 1e6;
const FEW_SEGMENTS = 64;

/**
 * The segments, if it pays to remember them. The names that begin known ones stay borders for as long as they are known, so
 * years of small changes would leave ever shorter ones; without them the next reading cuts anew.
 */
export function worthKnowing<K extends KnownTitles>(segments: readonly K[]): readonly K[] {
  let titles = 0;
  let read = 0;
  let stored = 0;
  for (const segment of segments) {
    titles += segment.titles;
    read += segment.bytes;
    stored += Buffer.byteLength(segment.first) + segment.titleMarks.length + FIXED_BYTES;
  }
  const isCutUp =
    segments.length > FEW_SEGMENTS &&
    titles < segments.length * MIN_TITLES &&
    read < segments.length * LARGE_BYTES;
  return isCutUp || stored > MAX_BYTES ? [] : segments;
}
