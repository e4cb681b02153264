import { SchedulerSet } from '@reelsync/queue';
import {
  ScheduleControl,
  ScheduleKeeper,
  ScheduleRunner,
  schedulesOf,
  Sweep,
  TitleWatcher,
  type ScheduleSettings,
} from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const SERVERS = ['default', 'server2'];
const SETTINGS: ScheduleSettings = {
  scan: '15m',
  audit: '30 3 * * *',
  sweep: '5m',
  retention: 'off',
  timeZone: 'UTC',
  serverScans: [],
};

describe('schedules', () => {
  let installation: Installation;
  let sets: SchedulerSet[];
  beforeEach(async () => {
    installation = await Installation.create();
    sets = [];
  });
  afterEach(async () => {
    for (const set of sets) await set.close();
    await installation.dispose();
  });

  const now = () => new Date();
  const never = new AbortController().signal;
  function schedulerSet(): SchedulerSet {
    const { redis } = installation.config;
    const set = new SchedulerSet({
      connection: installation.redis(redis.url, 'producer'),
      prefix: redis.prefix,
    });
    sets.push(set);
    return set;
  }
  function instance(settings = SETTINGS): ScheduleKeeper {
    const { database } = installation;
    return new ScheduleKeeper({
      schedules: schedulesOf(settings, SERVERS),
      schedulers: schedulerSet(),
      states: database.schedules,
      leases: database.leases,
      now,
    });
  }
  const ids = async () => [...(await schedulerSet().nextTicks()).keys()].sort();
  const boot = (keeper: ScheduleKeeper) => waitFor(() => keeper.apply(never));

  test('several instances that boot at once leave exactly the configured schedulers, also after a change', async () => {
    await Promise.all(Array.from({ length: 4 }, () => boot(instance())));
    expect(await ids()).toEqual(['audit', 'scan/default', 'scan/server2', 'sweep']);
    const changed = { ...SETTINGS, audit: 'off', retention: '0 4 * * *' };
    await Promise.all(Array.from({ length: 4 }, () => boot(instance(changed))));
    expect(await ids()).toEqual(['retention', 'scan/default', 'scan/server2', 'sweep']);
  });

  test('each server is scanned at its own times', async () => {
    const every = (everyMs: number) => ({ timing: { kind: 'every', everyMs } });
    const serverScans = [{ serverId: 'server2', scan: '2h' }];
    expect(schedulesOf({ ...SETTINGS, serverScans }, SERVERS)).toMatchObject([
      { id: 'scan/default', ...every(15 * 60_000) },
      { id: 'scan/server2', ...every(2 * 3_600_000) },
      { id: 'audit' },
      { id: 'sweep' },
      { id: 'retention' },
    ]);
    await boot(instance({ ...SETTINGS, serverScans }));
    const next = await schedulerSet().nextTicks();
    const inMinutes = (id: string) => ((next.get(id)?.getTime() ?? 0) - Date.now()) / 60_000;
    expect(inMinutes('scan/default')).toBeLessThanOrEqual(15);
    expect(inMinutes('scan/server2')).toBeGreaterThan(15);
    await boot(instance({ ...SETTINGS, serverScans: [{ serverId: 'default', scan: 'off' }] }));
    expect(await ids()).toEqual(['audit', 'scan/server2', 'sweep']);
  });

  test('what Redis forgot comes back; an instance with an older configuration leaves it alone', async () => {
    const [old, current] = [instance(), instance({ ...SETTINGS, audit: 'off' })];
    await boot(old);
    await boot(current);
    await installation.wipeRedis();
    expect(await old.mend(never)).toBeNull();
    expect(await ids()).toEqual([]);
    expect(await current.mend(never)).toMatchObject({ added: ['scan/default', 'scan/server2', 'sweep'] });
    expect(await current.mend(never)).toEqual({ added: [], changed: [], removed: [] });
  });

  function runner(): ScheduleRunner {
    const { database, requests } = installation;
    const producer = installation.producer();
    const watcher = new TitleWatcher({ database, producer, now });
    return new ScheduleRunner({
      schedules: schedulesOf(SETTINGS, SERVERS),
      serverIds: SERVERS,
      states: database.schedules,
      runs: database.runs,
      leases: database.leases,
      website: database.website,
      requests,
      sweep: new Sweep({
        database,
        producer,
        listedFirst: installation.listedFirst(),
        watcher,
        minAgeMs: 120_000,
        now,
      }),
      retention: installation.retention(),
      now,
    });
  }
  const tick = (scheduleId: string, holder = 'job') =>
    runner().tick({ scheduleId, byHand: false, runIds: [], holder, signal: never });
  function control(): ScheduleControl {
    const { database, requests } = installation;
    return new ScheduleControl({
      schedules: schedulesOf(SETTINGS, SERVERS),
      serverIds: SERVERS,
      database,
      schedulers: schedulerSet(),
      producer: installation.producer(),
      requests,
      now,
    });
  }

  test('a tick asks for its scan, and the next one waits for the scan of the last one', async () => {
    const { database } = installation;
    const first = await tick('scan/default');
    expect(first.outcome).toBe('started');
    expect(await database.runs.get(first.runId ?? '')).toMatchObject({
      trigger: 'schedule',
      requester: 'scan/default',
      scope: { kind: 'servers', serverIds: ['default'] },
    });
    expect(await tick('scan/default')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining(first.runId ?? '-'),
    });
    await installation.startWorker();
    await installation.ended(first.runId ?? '');
    expect(await tick('scan/default')).toMatchObject({ outcome: 'started' });
  });

  test('a scan that is planned does not hold back the next one, however long its units take: their server may be down', async () => {
    const { database } = installation;
    const { movies } = installation.queues();
    await movies.pause();
    await installation.startWorker();
    for (const scheduleId of ['scan/default', 'audit']) {
      const { runId = '-' } = await tick(scheduleId);
      await waitFor(async () => (await database.runs.get(runId))?.planningDone === true);
      expect(await database.runs.findRunning([runId])).toEqual(new Set([runId]));
      expect(await tick(scheduleId)).toMatchObject({ outcome: 'started' });
    }
  });

  test('no overlap of a schedule with itself: however many ticks are skipped, the next one waits for the scan as well', async () => {
    const { database } = installation;
    const { runId = '-' } = await tick('audit');
    const waits = { outcome: 'skipped', reason: expect.stringContaining(runId) };
    expect([await tick('audit'), await tick('audit'), await tick('audit')]).toEqual(
      Array(3).fill(expect.objectContaining(waits)),
    );
    await control().pause('audit');
    expect(await tick('audit')).toMatchObject({ outcome: 'skipped', reason: 'paused' });
    await control().resume('audit');
    expect(await tick('audit')).toMatchObject(waits);
    expect(await database.runs.list({ limit: 10, status: 'running' })).toMatchObject([{ id: runId }]);
  });

  test('no overlap of a schedule with itself: a tick that died before it was noted has asked for its scan all the same', async () => {
    const { database } = installation;
    const died = new Error('gone');
    const noting = jest.spyOn(database.schedules, 'noteTick').mockRejectedValue(died);
    await expect(tick('scan/default')).rejects.toBe(died);
    noting.mockRestore();
    const [run] = await database.runs.list({ limit: 10, status: 'running' });
    expect(await tick('scan/default')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining(run?.id ?? '-'),
    });
    expect(await tick('scan/server2')).toMatchObject({ outcome: 'started' });
    expect(await database.runs.list({ limit: 10, status: 'running' })).toHaveLength(2);
  });

  test('the sweep goes on while its last run is under way: it is the one who revives that', async () => {
    const { database } = installation;
    const longAgo = new Date(Date.now() - 3_600_000);
    const unit = { kind: 'movie', title: 'Lost' } as const;
    await database.inventory.applyChanges('default', [{ unit, digest: 'd', record: {} }], longAgo);
    const { runId = '-' } = await tick('sweep');
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running', counts: { planned: 1 } });
    await installation.wipeRedis();
    const rows = installation.connection.state.collection('runUnits');
    await rows.updateMany({ runId }, { $set: { requestedAt: longAgo } });
    expect(await tick('sweep')).toMatchObject({ outcome: 'started' });
    expect((await installation.producer().counts()).movies).toMatchObject({ prioritized: 1 });
  });

  test('two ticks of a schedule do not overlap', async () => {
    const { leases } = installation.database;
    await leases.acquire('schedule/sweep', 'another', new Date(Date.now() + 60_000), now());
    expect(await tick('sweep')).toMatchObject({ outcome: 'skipped' });
  });

  test("a pause, the website's switch and a schedule that is gone hold ticks back and say so", async () => {
    const { connection, database } = installation;
    const settings = connection.settings.collection('settings');
    await settings.insertOne({ name: 'autoSync', value: false });
    expect(await tick('audit')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('autoSync'),
    });
    expect(await tick('sweep')).toMatchObject({ outcome: 'started' });
    await settings.updateOne({ name: 'autoSync' }, { $set: { value: true } });
    await control().pause('audit', 'anna');
    expect(await tick('audit')).toMatchObject({ outcome: 'skipped', reason: 'paused by anna' });
    expect(await tick('scan/gone')).toMatchObject({ outcome: 'skipped' });
    await control().resume('audit');
    expect(await tick('audit')).toMatchObject({ outcome: 'started' });
    expect((await database.schedules.load('audit')).lastTick).toMatchObject({ outcome: 'started' });
  });

  test('people see the schedules and run them by hand; what was asked for twice is done once for both', async () => {
    await boot(instance());
    await control().pause('sweep');
    expect(await control().list()).toMatchObject([
      { id: 'scan/default', timing: { kind: 'every', everyMs: 900_000 }, nextTick: expect.any(Date) },
      { id: 'scan/server2' },
      { id: 'audit', timing: { kind: 'cron' }, nextTick: expect.any(Date) },
      { id: 'sweep', paused: { at: expect.any(Date) } },
      { id: 'retention', timing: { kind: 'off' } },
    ]);
    const asked = await Promise.all([
      control().run('sweep', { trigger: 'cli' }),
      control().run('sweep', { trigger: 'admin', requester: 'anna' }),
      control().run('retention', { trigger: 'cli' }),
      control().run('scan/default', { trigger: 'cli' }),
    ]);
    await installation.startWorker();
    const runs = await Promise.all(asked.map(({ runId }) => installation.ended(runId)));
    expect(runs.map(({ status, scope }) => [status, scope.kind])).toEqual([
      ['done', 'sweep'],
      ['done', 'sweep'],
      ['done', 'retention'],
      ['done', 'servers'],
    ]);
    await expect(control().run('nonsense', { trigger: 'cli' })).rejects.toMatchObject({
      code: 'SCHEDULE_UNKNOWN',
    });
  });
});
