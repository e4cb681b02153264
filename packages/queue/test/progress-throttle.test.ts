import { ProgressThrottle } from '../src/worker/progress-throttle';

describe('ProgressThrottle', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const throttleInto = (sent: number[]) =>
    new ProgressThrottle<number>((report) => {
      sent.push(report);
      return Promise.resolve();
    });

  it('sends the first at once and then the newest, at most twice a second', () => {
    const sent: number[] = [];
    const throttle = throttleInto(sent);
    for (let step = 0; step < 100; step += 1) {
      throttle.report(step);
      jest.advanceTimersByTime(20);
    }
    expect(sent).toEqual([0, 24, 49, 74, 99]);
  });

  it('the end sends what was held back, waits for it, and leaves no timer', async () => {
    const sent: number[] = [];
    const throttle = throttleInto(sent);
    throttle.report(1);
    throttle.report(2);
    await throttle.end();
    throttle.report(3);
    await throttle.end();
    expect(sent).toEqual([1, 2]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
