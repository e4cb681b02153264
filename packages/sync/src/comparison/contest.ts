/** One of the things that are compared: measured once per round. */
export interface Contestant<T> {
  readonly name: string;
  readonly measure: (round: number) => Promise<T>;
}

export interface ContestOptions {
  readonly rounds: number;
  readonly say: (line: string) => void;
  readonly describe: (name: string, round: number) => string;
}

/**
 * Measures all contestants in every round, in the opposite order every second time, so that neither drift of the machine
 * nor what one leaves in the caches favours one of them. Returns name -> result of each round.
 */
export async function contest<T>(
  contestants: readonly Contestant<T>[],
  { rounds, say, describe }: ContestOptions,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { name, measure } of order) {
      say(describe(name, round));
      results.get(name)?.push(await measure(round));
    }
  }
  return results;
}
