import { spreadOf } from '@reelsync/sync';
import { growth, multiples, pooled, remainder, worstOf } from '../src/measure/over-rounds';

const highest = (values: readonly number[]): number => Math.max(...values);

test('a pooled figure is that of all values; its range is that of the rounds', () => {
  expect(pooled([[1, 2], [5], [3, 4]], highest)).toEqual({ median: 5, min: 2, max: 5, rounds: 3 });
  const median = (values: readonly number[]): number => spreadOf(values).median;
  // Not the median of the medians, which would be 7: the second round has as many values as the others together.
  expect(pooled([[7], [1, 2, 3], [8, 9]], median)).toEqual({ median: 5, min: 2, max: 8.5, rounds: 3 });
  expect(pooled([[1, 2, 3]], highest)).toEqual({ median: 3, min: 3, max: 3, rounds: 1 });
});

test('multiples are of the median of the other side, so that both may have any number of rounds', () => {
  expect(multiples([60], [10, 20, 90])).toEqual([3]);
  expect(multiples([10, 20, 40], [10, 20, 40])).toEqual([0.5, 1, 2]);
  expect(() => multiples([1], [])).toThrow();
});

test('growth and remainder keep what is smallest and what is greatest in its place', () => {
  expect(growth({ median: 1.5, min: 1, max: 3, rounds: 4 })).toEqual({
    median: 0.5,
    min: 0,
    max: 2,
    rounds: 4,
  });
  expect(remainder({ median: 0.75, min: 0.5, max: 1, rounds: 4 })).toEqual({
    median: 0.25,
    min: 0,
    max: 0.5,
    rounds: 4,
  });
});

test('the worst has the greatest median, or the greatest maximum of equal ones', () => {
  const [calm, wild, bad] = [spreadOf([0, 0, 0]), spreadOf([0, 0, 9]), spreadOf([1, 1, 1])];
  expect(worstOf([calm, wild])).toBe(wild);
  expect(worstOf([wild, bad, calm])).toBe(bad);
});
