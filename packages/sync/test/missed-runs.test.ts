import { Readable } from 'node:stream';

import { isTerminal, runIdsOf, SENTINELS, type NumberedEvent } from '@reelsync/core';
import { EventLog, RUN_MEMORY_MS } from '@reelsync/queue';
import { EventFeed, type TitlesRequestOptions } from '@reelsync/sync';

import { reachBack } from '../src/events/reach-back';
import { RunAnnouncer, type RunAnnouncerOptions } from '../src/events/run-announcer';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BY_HAND: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};
const SCAN = { trigger: 'cli', urgency: 'person', serverIds: ['default'] } as const;
const TOO_LONG = 'x'.repeat(1001);

describe('reachBack', () => {
  const now = new Date('2026-11-26T12:00:00Z');
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const recent = ago(10 * MINUTE);

  test.each([
    { told: 'at a time that nobody has said (a new log)', toldUntil: undefined, since: recent },
    { told: 'just now', toldUntil: now, since: recent },
    { told: 'by a clock that was set back since', toldUntil: ago(-HOUR), since: recent },
    { told: '15 minutes ago', toldUntil: ago(15 * MINUTE), since: ago(25 * MINUTE) },
    {
      told: 'almost a day ago',
      toldUntil: ago(RUN_MEMORY_MS - 15 * MINUTE),
      since: ago(RUN_MEMORY_MS - 10 * MINUTE),
    },
  ])('all was told $told', ({ toldUntil, since }) => {
    expect(reachBack(now, toldUntil)).toEqual({ recent, since });
  });

  test('all was told some seconds ago, as it is all the time: one question for all of it', () => {
    const since = ago(10 * MINUTE + 30_000);
    expect(reachBack(now, ago(30_000))).toEqual({ recent: since, since });
  });

  test('all was told longer ago than the log remembers: some is lost', () => {
    const toldUntil = ago(RUN_MEMORY_MS);
    const since = ago(RUN_MEMORY_MS - 10 * MINUTE);
    expect(reachBack(now, toldUntil)).toEqual({ recent, since, lostFrom: toldUntil });
  });
});

describe('after a time in which nobody told events', () => {
  let installation: Installation;
  let log: EventLog;
  let cleanUps: (() => unknown)[];
  beforeEach(async () => {
    cleanUps = [];
    installation = await Installation.create({ titles: 4, shows: 0, withBrokenTitles: false });
    const { url, prefix } = installation.config.redis;
    log = new EventLog({ connection: installation.redis(url, 'events'), prefix, historySize: 10_000 });
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    await installation.dispose();
  });

  const told = (): Promise<NumberedEvent[]> => log.read(0, 10_000);
  const isEndOf = (event: NumberedEvent, runId: string): boolean =>
    event.entityId === SENTINELS.runEnded && runIdsOf(event).includes(runId);
  const endsTold = async (): Promise<string[]> =>
    (await told()).filter(({ entityId }) => entityId === SENTINELS.runEnded).flatMap(runIdsOf);

  /** The feed of an API process whose clock is that much later than that of the runs. */
  function startFeed(laterMs: number): EventFeed {
    const feed = new EventFeed({
      ...installation.config.redis,
      historySize: 10_000,
      database: installation.database,
      now: () => new Date(Date.now() + laterMs),
      onError: () => undefined,
      times: { sweepMs: 200, lookMs: 50 },
    });
    cleanUps.push(() => feed.close());
    void feed.start();
    return feed;
  }

  /** Looks when it is told to, and sees runs end at once. */
  function announcer(now: () => Date, runs: RunAnnouncerOptions['runs'] = installation.database.runs) {
    const errors: unknown[] = [];
    const times = { sweepMs: HOUR, lookMs: HOUR, patienceMs: 0 };
    const announcer = new RunAnnouncer({ runs, log, now, onError: (error) => errors.push(error), times });
    cleanUps.push(() => announcer.stop());
    return { look: () => announcer.look(), errors };
  }

  async function startRun(at: Date): Promise<string> {
    const scope = { kind: 'domain', domain: 'movies', force: false } as const;
    return installation.database.runs.create({ trigger: 'cli', scope, startedAt: at });
  }

  async function endedRun(at: Date): Promise<string> {
    const { runs } = installation.database;
    const runId = await startRun(at);
    await runs.donePlanning(runId);
    await runs.settle(at, [runId]);
    return runId;
  }

  test('EV-1, EV-4: an API that was away for 15 minutes tells what ended meanwhile, to two processes once; restarted again, nothing', async () => {
    await installation.startWorker();
    const before = startFeed(0);
    const scan = await installation.requests.requestScan(SCAN);
    await waitFor(async () => (await endsTold()).includes(scan.runId));
    await before.close();
    expect(await log.runsToldUntil()).toBeDefined();
    const [title = ''] = installation.alpha.library.movies.titles();
    const { runId } = await installation.requests.requestMovies(Readable.from([TOO_LONG, title]), BY_HAND);
    const { counts } = await installation.ended(runId);
    expect(counts).toMatchObject({ planned: 2, failed: 1, unchanged: 1 });

    const ofRun = async () =>
      (await told())
        .filter((event) => runIdsOf(event).includes(runId))
        .filter((event) => isTerminal(event) || event.entityId.startsWith('__'))
        .map(({ entityId, type }) => `${entityId} ${type}`);
    const whole = [
      '__sync_warmup__ started',
      '__sync_planned__ progress',
      `${title} complete`,
      `${TOO_LONG} error`,
      '__sync_complete__ complete',
    ];
    const feeds = [startFeed(15 * MINUTE), startFeed(15 * MINUTE)];
    await waitFor(async () => (await endsTold()).includes(runId));
    for (const feed of feeds) {
      await waitFor(() => feed.bus.getRecentEvents(1000).some((event) => isEndOf(event, runId)));
      await feed.close();
    }
    expect((await ofRun()).sort()).toEqual([...whole].sort());
    expect((await ofRun()).at(-1)).toBe('__sync_complete__ complete');

    const restartedAt = new Date(Date.now() + 20 * MINUTE);
    startFeed(20 * MINUTE);
    await waitFor(async () => {
      const until = await log.runsToldUntil();
      return until !== undefined && until >= restartedAt;
    });
    expect((await ofRun()).sort()).toEqual([...whole].sort());
  });

  test('EV-4: a look that failed is made good by the next one, however late that is', async () => {
    const { runs } = installation.database;
    const begin = new Date();
    let at = begin;
    let fails = false;
    const { look, errors } = announcer(() => at, {
      get: (runId) => runs.get(runId),
      getMany: (runIds) => runs.getMany(runIds),
      streamEnded: (runId) => runs.streamEnded(runId),
      findCurrent: (since) => (fails ? Promise.reject(new Error('no database')) : runs.findCurrent(since)),
    });
    await look();
    const runId = await endedRun(later(begin, MINUTE));
    fails = true;
    at = later(begin, 2 * MINUTE);
    await look();
    expect(errors).toHaveLength(1);
    expect(await log.runsToldUntil()).toEqual(begin);
    fails = false;
    at = later(begin, 30 * MINUTE);
    await look();
    expect(await endsTold()).toEqual([runId]);
    expect(await log.runsToldUntil()).toEqual(at);
  });

  test('clocks that are set back: what was said by the later one does not hide what ends afterwards', async () => {
    const begin = new Date();
    let at = later(begin, HOUR);
    const first = announcer(() => at);
    await first.look();
    at = begin;
    await first.look();
    expect(await log.runsToldUntil()).toEqual(begin);
    const runId = await endedRun(later(begin, MINUTE));
    await announcer(() => later(begin, 30 * MINUTE)).look();
    expect(await endsTold()).toEqual([runId]);
  });

  test('a log that was begun anew (Redis was flushed) tells the last ten minutes, and no day of runs', async () => {
    const begin = new Date();
    await announcer(() => begin).look();
    await endedRun(later(begin, MINUTE));
    const recent = await endedRun(later(begin, 25 * MINUTE));
    await installation.wipeRedis();
    await announcer(() => later(begin, 30 * MINUTE)).look();
    expect(await endsTold()).toEqual([recent]);
  });

  test('EV-2: after more than the log remembers a gap says so, once for all processes, and the rest is told', async () => {
    const begin = new Date(Date.now() - 30 * HOUR);
    await announcer(() => begin).look();
    await endedRun(later(begin, MINUTE));
    const runId = await endedRun(later(begin, 5 * HOUR));
    const back = later(begin, RUN_MEMORY_MS + HOUR);
    const [first, second] = [announcer(() => back), announcer(() => back)];
    await Promise.all([first.look(), second.look()]);
    await announcer(() => later(back, 5 * MINUTE)).look();
    expect(await endsTold()).toEqual([runId]);
    const gaps = (await told()).filter(({ entityId }) => entityId === SENTINELS.gap);
    expect(gaps).toMatchObject([
      {
        type: 'warning',
        data: {
          runsEndedFrom: begin.toISOString(),
          runsEndedUntil: later(begin, HOUR + 10 * MINUTE).toISOString(),
        },
      },
    ]);
  });

  test('B-28: runs under way do not wait for those that ended long ago: each look tells some of them', async () => {
    const begin = new Date(Date.now() - 2 * HOUR);
    await announcer(() => begin).look();
    const missed: string[] = [];
    for (let i = 1; i <= 12; i += 1) missed.push(await endedRun(later(begin, i * MINUTE)));
    const running = await startRun(later(begin, 20 * MINUTE));
    const back = later(begin, HOUR);
    // Every look at the clock takes 300 ms: a look has time for few runs.
    let passedMs = 0;
    const { look } = announcer(() => {
      passedMs += 300;
      return later(back, passedMs);
    });
    await look();
    const [started] = (await told())
      .filter(({ entityId }) => entityId === SENTINELS.runStarted)
      .map(runIdsOf);
    expect(started).toEqual([running]);
    const toldAtFirst = await endsTold();
    expect(toldAtFirst.length).toBeGreaterThan(0);
    expect(toldAtFirst.length).toBeLessThan(missed.length);
    expect(await log.runsToldUntil()).toEqual(begin);
    // Another process comes in between.
    await announcer(() => back).look();
    for (let i = 0; i < missed.length; i += 1) await look();
    expect(await endsTold()).toEqual(missed);
    expect((await log.runsToldUntil())?.getTime()).toBeGreaterThanOrEqual(back.getTime());
  });

  test('EV-1: a run whose end was told is not told again, though the log has forgotten its units', async () => {
    const { runId } = await installation.requests.requestMovies(Readable.from([TOO_LONG]), BY_HAND);
    await installation.ended(runId);
    await announcer(() => new Date()).look();
    const before = await told();
    expect(before.filter(isTerminal)).toHaveLength(2);
    const { url, prefix } = installation.config.redis;
    expect(await installation.redis(url, 'worker').del(`${prefix}:sync-events:unit:${runId}`)).toBe(1);
    await announcer(() => new Date()).look();
    expect(await told()).toEqual(before);
  });
});

function later(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
