import { scheduleTiming } from '@reelsync/core';

test.each([
  ['off', { kind: 'off' }],
  [' OFF ', { kind: 'off' }],
  ['15m', { kind: 'every', everyMs: 900_000 }],
  ['90s', { kind: 'every', everyMs: 90_000 }],
  ['2 h', { kind: 'every', everyMs: 7_200_000 }],
  ['1d', { kind: 'every', everyMs: 86_400_000 }],
  ['30 3  * * *', { kind: 'cron', pattern: '30 3 * * *' }],
  ['15', { kind: 'cron', pattern: '15' }],
])('%s', (text, timing) => {
  expect(scheduleTiming(text)).toEqual(timing);
});
