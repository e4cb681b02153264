import { contest, ratios, spread, spreadOf } from '@reelsync/sync';

test('all are measured in every round, in the opposite order every second time; the spread is that over the rounds', async () => {
  const order: string[] = [];
  const said: string[] = [];
  const measured = (name: string, ...results: readonly number[]) => ({
    name,
    measure: (round: number) => {
      order.push(name);
      return Promise.resolve(results[round] ?? Number.NaN);
    },
  });
  const results = await contest([measured('flat', 100, 90, 120), measured('queue', 10, 10, 30)], {
    rounds: 3,
    say: (line) => said.push(line),
    describe: (name, round) => `${name}, round ${round + 1}`,
  });
  expect(order).toEqual(['flat', 'queue', 'queue', 'flat', 'flat', 'queue']);
  expect(said[2]).toBe('queue, round 2');
  expect(results).toEqual(
    new Map([
      ['flat', [100, 90, 120]],
      ['queue', [10, 10, 30]],
    ]),
  );
  const speedUp = spreadOf(ratios(results.get('flat') ?? [], results.get('queue') ?? []));
  expect(speedUp).toMatchObject({ median: 9, min: 4, max: 10 });
  expect(spread(speedUp)).toBe('9 (4 to 10)');
});
