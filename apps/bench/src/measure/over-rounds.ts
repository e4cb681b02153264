import { spreadOf, type Spread } from '@reelsync/sync';

/** One figure of all values of all rounds together, and how far it lies apart from round to round. */
export function pooled(
  rounds: readonly (readonly number[])[],
  figure: (values: readonly number[]) => number,
): Spread {
  return { ...spreadOf(rounds.map(figure)), median: figure(rounds.flat()) };
}

/** Each value as a multiple of the median of what it is compared with. */
export function multiples(values: readonly number[], base: readonly number[]): number[] {
  const { median } = spreadOf(base);
  return values.map((value) => value / median);
}

/** How much more than once: 0.2 for 1.2 times. */
export function growth({ median, min, max, rounds }: Spread): Spread {
  return { median: median - 1, min: min - 1, max: max - 1, rounds };
}

/** What a share of the whole leaves; the greatest share leaves the least. */
export function remainder({ median, min, max, rounds }: Spread): Spread {
  return { median: 1 - median, min: 1 - max, max: 1 - min, rounds };
}

/** The one with the greatest median; of equal ones that with the greatest maximum. */
export function worstOf(spreads: readonly Spread[]): Spread {
  return spreads.reduce((worst, spread) =>
    spread.median > worst.median || (spread.median === worst.median && spread.max > worst.max)
      ? spread
      : worst,
  );
}
