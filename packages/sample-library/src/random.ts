// A local name: looking up globals is slow inside a test runner's sandbox, and this is the innermost loop.
const { imul } = Math;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 32-bit FNV-1a with a final avalanche: the same text always gives the same number, on every machine. */
export function hash32(text: string): number {
  return avalanche(absorb(FNV_OFFSET, text));
}

function absorb(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) hash = imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash;
}

function avalanche(state: number): number {
  let hash = imul(state ^ (state >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Deterministic choices for one subject (a title on one server). Each choice has a name, so adding a choice later
 * leaves all others as they were.
 */
export class Dice {
  private readonly state: number;

  constructor(subject: string) {
    this.state = absorb(FNV_OFFSET, `${subject}\u0000`);
  }

  /** An integer in [0, limit). */
  below(choice: string, limit: number): number {
    return avalanche(absorb(this.state, choice)) % limit;
  }

  /** True for about `percent` of all subjects. */
  chance(choice: string, percent: number): boolean {
    return this.below(choice, 10_000) < percent * 100;
  }

  pick<T>(choice: string, values: readonly [T, ...T[]]): T {
    return values[this.below(choice, values.length)] ?? values[0];
  }
}

/** A stream of numbers in [0, 1) (mulberry32) for faults that strike at a rate. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
