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

  it('steps of work that ends within half a second cost nothing; of longer work they are told as reports are', async () => {
    const sent: number[] = [];
    const short = throttleInto(sent);
    for (let step = 0; step < 9; step += 1) short.step(step);
    jest.advanceTimersByTime(499);
    await short.end();
    expect([sent, jest.getTimerCount()]).toEqual([[], 0]);
    const long = throttleInto(sent);
    long.step(1);
    jest.advanceTimersByTime(400);
    long.step(2);
    jest.advanceTimersByTime(100);
    long.step(3);
    await long.end();
    expect([sent, jest.getTimerCount()]).toEqual([[2, 3], 0]);
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
