import { max, median, min } from 'simple-statistics';

/** One figure over the rounds of a measurement. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** Throws when there is nothing to summarise: a measurement without a round has no result. */
export function spreadOf(values: readonly number[]): Spread {
  const list = [...values];
  return { median: median(list), min: min(list), max: max(list), rounds: list.length };
}

/** Null when there is a round without anything to compare with: nothing is a multiple of 0. */
export function ratioSpread(numerators: readonly number[], denominators: readonly number[]): Spread | null {
  return denominators.includes(0) ? null : spreadOf(ratios(numerators, denominators));
}

/** Ratios round by round, since the speed of a shared machine drifts from one round to the next. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators.map((value, round) => {
    const denominator = denominators[round];
    if (denominator === undefined) throw new RangeError(`round ${round + 1} has no counterpart`);
    return value / denominator;
  });
}
