import type { Operation } from './unit';

/**
 * The part of a unit that is wanted; without any member it is the whole unit. Narrowed work neither consults nor advances the
 * unit's gate, which speaks for all of it.
 */
export interface Narrowing {
  /** Only these strategies run. */
  readonly operations?: readonly Operation[];
  /** Of the episodes of a season: only those with these numbers. */
  readonly episodes?: readonly number[];
}

export function isNarrowed({ operations, episodes }: Narrowing): boolean {
  return operations !== undefined || episodes !== undefined;
}

/** The narrowing among other members, such as those of a payload. */
export function narrowingOf({
  operations,
  episodes,
}: { readonly [K in keyof Narrowing]: Narrowing[K] | undefined }): Narrowing {
  return {
    ...(operations === undefined ? {} : { operations }),
    ...(episodes === undefined ? {} : { episodes }),
  };
}

/** Each member as one string, equal whenever the same is wanted, in whatever order it was named. */
export function narrowingKeys({ operations, episodes }: Narrowing): {
  readonly [K in keyof Narrowing]: string;
} {
  return {
    ...(operations === undefined ? {} : { operations: [...new Set(operations)].sort().join('+') }),
    ...(episodes === undefined ? {} : { episodes: [...new Set(episodes)].sort((a, b) => a - b).join('+') }),
  };
}
