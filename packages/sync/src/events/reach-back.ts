import { RUN_MEMORY_MS } from '@reelsync/queue';

/** Ends are stamped by whoever ended the run: how far its clock may be from ours. */
const CLOCKS_DIFFER_MS = 10 * 60_000;
/** Everything is told all the time: one question for all of it. */
const STEADY_MS = 60_000;
/** What ended earlier may be forgotten by the log, and would be told twice. */
const FARTHEST_MS = RUN_MEMORY_MS - CLOCKS_DIFFER_MS;

/** Which runs a look is about, besides those that are under way. */
export interface Reach {
  /** Runs that have ended since then: some may not have been told yet, whoever else is at work. */
  readonly recent: Date;
  /** As `recent`, or earlier: before that all has been told, or is not told any more. */
  readonly since: Date;
  /** Nobody told anything for so long that ends between this time and `since` are lost to the log. */
  readonly lostFrom?: Date;
}

/**
 * How far to look back when everything had been told until some time. When that is not known, the log has just been begun:
 * its ids say that what was before is missing.
 */
export function reachBack(now: Date, toldUntil: Date | undefined): Reach {
  const recent = before(now, CLOCKS_DIFFER_MS);
  // A time that is still to come is that of a clock which has been set back since.
  if (toldUntil === undefined || toldUntil >= now) return { recent, since: recent };
  const wanted = before(toldUntil, CLOCKS_DIFFER_MS);
  if (recent.getTime() - wanted.getTime() <= STEADY_MS) return { recent: wanted, since: wanted };
  const farthest = before(now, FARTHEST_MS);
  if (wanted >= farthest) return { recent, since: wanted };
  return { recent, since: farthest, ...(toldUntil < farthest ? { lostFrom: toldUntil } : {}) };
}

function before(time: Date, ms: number): Date {
  return new Date(time.getTime() - ms);
}
