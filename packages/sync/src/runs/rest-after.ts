/** Looking takes at most a tenth of the time, of ours and of MongoDB's: the units of a run under way are counted anew each time. */
const REST_FACTOR = 9;

/** Milliseconds until the next look at runs: what takes longer, because they are large or MongoDB is busy, is done less often. */
export function restAfter(tookMs: number, atLeastMs: number): number {
  return Math.max(atLeastMs, tookMs * REST_FACTOR);
}
