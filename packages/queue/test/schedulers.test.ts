import { JOB_CATALOG, JobRetention, SchedulerSet, type SchedulerSpec } from '@reelsync/queue';
import { waitFor } from '../../../tests/support';
import { QueueHarness } from './harness';

const every = (id: string, everyMs: number, more: Partial<SchedulerSpec> = {}): SchedulerSpec => ({
  id,
  timing: { kind: 'every', everyMs },
  timeZone: 'UTC',
  startsAtOnce: false,
  ...more,
});
const cron = (id: string, pattern: string, timeZone = 'UTC'): SchedulerSpec => ({
  id,
  timing: { kind: 'cron', pattern },
  timeZone,
  startsAtOnce: false,
});
const HOUR = 3_600_000;

describe('SchedulerSet', () => {
  let harness: QueueHarness;
  let set: SchedulerSet;
  beforeEach(() => {
    harness = new QueueHarness();
    set = new SchedulerSet({ connection: harness.connection('producer'), prefix: harness.prefix });
  });
  afterEach(async () => {
    await set.close();
    await harness.dispose();
  });

  const now = () => new Date();
  const schedulers = async () =>
    Object.fromEntries(
      (await harness.queue('schedules').getJobSchedulers()).map(({ key, every: ms, pattern, tz }) => [
        key,
        ms ?? `${pattern ?? ''} ${tz ?? ''}`,
      ]),
    );

  test('leaves exactly what is wanted, and touches only what differs', async () => {
    expect(
      await set.reconcile([every('scan/a', HOUR), cron('audit', '30 3 * * *'), every('sweep', HOUR)], now()),
    ).toEqual({ added: ['scan/a', 'audit', 'sweep'], changed: [], removed: [] });
    const before = await set.nextTicks();
    const wanted = [
      every('scan/a', HOUR),
      cron('audit', '30 3 * * *', 'Europe/Berlin'),
      every('scan/b', 2 * HOUR),
    ];
    expect(await set.reconcile(wanted, now())).toEqual({
      added: ['scan/b'],
      changed: ['audit'],
      removed: ['sweep'],
    });
    expect(await schedulers()).toEqual({
      'scan/a': HOUR,
      'scan/b': 2 * HOUR,
      audit: '30 3 * * * Europe/Berlin',
    });
    expect((await set.nextTicks()).get('scan/a')).toEqual(before.get('scan/a'));
    expect(await set.reconcile(wanted, now())).toEqual({ added: [], changed: [], removed: [] });
  });

  test('a new interval ticks after it has passed, or at once; each tick is one trigger', async () => {
    const start = Date.now();
    await set.reconcile([every('later', HOUR), every('now', HOUR, { startsAtOnce: true })], now());
    const ticks: string[] = [];
    await harness.host({
      'schedule.trigger': ({ schedule }) => {
        ticks.push(schedule);
        return Promise.resolve({ outcome: 'unchanged' });
      },
    });
    await waitFor(() => ticks.length > 0);
    expect(ticks).toEqual(['now']);
    const later = (await set.nextTicks()).get('later');
    expect(Number(later)).toBeGreaterThanOrEqual(start + HOUR - 1000);
  });

  test('ticks of another version, which nobody would understand, are replaced', async () => {
    const wanted = [every('sweep', HOUR), every('audit', HOUR)];
    await set.reconcile(wanted, now());
    const queue = harness.queue('schedules');
    await queue.upsertJobScheduler(
      'sweep',
      { every: HOUR },
      { name: 'schedule.trigger', data: { v: 0, schedule: 'sweep' } },
    );
    expect(await set.reconcile(wanted, now())).toEqual({ added: [], changed: ['sweep'], removed: [] });
    const ticks = (await queue.getDelayed()).map(({ data, opts }) => ({ data: data as unknown, opts }));
    expect(ticks).toContainEqual({
      data: { v: 1, schedule: 'sweep' },
      opts: expect.objectContaining({ attempts: 3 }),
    });
    expect(await set.reconcile(wanted, now())).toEqual({ added: [], changed: [], removed: [] });
  });

  test('a scheduler without its place in the configuration takes its waiting tick along', async () => {
    await set.reconcile([every('gone', HOUR)], now());
    await set.reconcile([], now());
    expect(await harness.queue('schedules').getJobCounts('delayed', 'waiting', 'prioritized')).toEqual({
      delayed: 0,
      waiting: 0,
      prioritized: 0,
    });
  });
});

describe('JobRetention', () => {
  test('removes finished jobs that have outlived their time, and no others', async () => {
    const harness = new QueueHarness();
    const queue = harness.queue('movies');
    await harness.host({});
    for (const title of ['A', 'B'])
      await harness.producer().enqueue('movie.sync', { v: 1, title }, { priority: 'bulk' });
    await waitFor(async () => (await queue.getJobCounts('completed'))['completed'] === 2);
    const bull = { connection: harness.connection('producer'), prefix: harness.prefix };
    const signal = new AbortController().signal;
    const keeping = new JobRetention(JOB_CATALOG, bull);
    expect(await keeping.removeOutlived(signal)).toBe(0);
    const short = { ...JOB_CATALOG['movie.sync'].retention, completed: { count: 10, ageSeconds: 0 } };
    const retention = new JobRetention(
      { 'movie.sync': { ...JOB_CATALOG['movie.sync'], retention: short } },
      bull,
    );
    expect(await retention.removeOutlived(signal)).toBe(2);
    await Promise.all([keeping.close(), retention.close()]);
    await harness.dispose();
  });
});
