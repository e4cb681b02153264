import { injectFaults } from '../../src/comparison/injected-faults';

const urls = Array.from({ length: 2000 }, (_, index) => `http://files.test/Movies/${index}/metadata.json`);

const failing = (rate: number, seed: string, order: readonly string[]): string[] => {
  const inject = injectFaults({ rate, seed });
  return order.filter((url) => inject({ kind: 'metadata', url }) !== undefined).sort();
};

test('which tries fail follows from the seed: not from the order, nor from the address of the server', () => {
  const first = failing(0.3, 'a', urls);
  expect(failing(0.3, 'a', urls.toReversed())).toEqual(first);
  const elsewhere = urls.map((url) => url.replace('files.test', '127.0.0.1:4711'));
  expect(failing(0.3, 'a', elsewhere)).toHaveLength(first.length);
  expect(failing(0.3, 'b', urls)).not.toEqual(first);
});

test('about the given share of requests fails, and each try of a file by itself', () => {
  const share = failing(0.3, 'a', urls).length / urls.length;
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.35);
  const inject = injectFaults({ rate: 0.3, seed: 'a' });
  const tries = Array.from({ length: 30 }, () => inject({ kind: 'blurhash', url: 'http://a.test/x' }));
  expect(new Set(tries.map((error) => error === undefined)).size).toBe(2);
});

test('at 0 nothing fails, at 1 every file does, and listings never do', () => {
  expect(failing(0, 'a', urls)).toEqual([]);
  expect(failing(1, 'a', urls)).toHaveLength(urls.length);
  const inject = injectFaults({ rate: 1, seed: 'a' });
  for (const kind of ['listing', 'title-hashes', 'availability'] as const)
    expect(inject({ kind, url: 'http://a.test/media/movies' })).toBeUndefined();
});
