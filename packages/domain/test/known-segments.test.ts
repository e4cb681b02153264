import { worthKnowing } from '../src/scan/known-segments';
import { markOf, packMarks, unpackMarks } from '../src/scan/title-marks';

const segmentOf = (titles: readonly string[], bytes = 1) => ({
  ...{ first: JSON.stringify(titles[0] ?? ''), bytes, digest: 'd', titles: titles.length },
  titleMarks: packMarks(titles),
});

test('marks of titles survive being stored', () => {
  const titles = ['', 'A', '千と千尋の神隠し', 'A'];
  const packed = packMarks(titles);
  expect([...unpackMarks(packed)]).toEqual(titles.map(markOf));
});

test('segments are remembered unless small changes have cut them up, or they are more than a document holds', () => {
  const whole = Array.from({ length: 100 }, (_, n) =>
    segmentOf(Array.from({ length: 128 }, (_, m) => `Film ${n} ${m}`)),
  );
  expect(worthKnowing(whole)).toBe(whole);
  const few = Array.from({ length: 60 }, (_, n) => segmentOf([`Film ${n}`]));
  expect(worthKnowing(few)).toBe(few);
  expect(worthKnowing(Array.from({ length: 1000 }, (_, n) => segmentOf([`Film ${n}`])))).toEqual([]);
  const large = Array.from({ length: 1000 }, (_, n) => segmentOf([`Show ${n}`], 3e6));
  expect(worthKnowing(large)).toBe(large);
  const long = Array.from({ length: 10 }, (_, n) => segmentOf([`${n}${'x'.repeat(1e6)}`]));
  expect(worthKnowing(long)).toEqual([]);
});
