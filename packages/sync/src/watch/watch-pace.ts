import type { TitleWatch } from '@reelsync/database';

/** How often a watched title is looked for, in milliseconds. */
export interface WatchPace extends Readonly<TitleWatch['pace']> {
  readonly giveUpAfterMs: number;
}

/** File servers scan their disks every few minutes, and a large file may take longer than one such round. */
export const DEFAULT_WATCH_PACE: WatchPace = {
  firstMs: 5000,
  maxMs: 3 * 60_000,
  giveUpAfterMs: 30 * 60_000,
};

export function nextLookAfterMs({ firstMs, maxMs }: TitleWatch['pace'], looks: number): number {
  return Math.min(maxMs, firstMs * 2 ** looks);
}
