import { isGap, type NumberedEvent, type SyncEvent } from '@reelsync/core';
import type { LogRecord } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { deferred, movie, QueueHarness } from './harness';

function anEvent(entityId: string): SyncEvent {
  return { type: 'progress', entityId, mediaType: 'movie', serverId: 'server-all', timestamp: new Date(0) };
}
const record = (entityId: string, more: Partial<LogRecord> = {}): LogRecord => ({
  event: anEvent(entityId),
  runIds: [],
  ...more,
});
const [runA, runB] = ['a'.repeat(24), 'b'.repeat(24)];
const namesOf = (events: readonly NumberedEvent[]) => events.map(({ entityId }) => entityId);
const consecutive = (events: readonly NumberedEvent[]): boolean =>
  events.every(({ id }, index) => index === 0 || id === (events[index - 1]?.id ?? 0) + 1);

let harness: QueueHarness;
beforeEach(() => {
  harness = new QueueHarness();
});
afterEach(() => harness.dispose());

describe('EventLog', () => {
  test('EV-2: what is read is what was written, numbered without holes, in any number of calls', async () => {
    const log = harness.eventLog();
    const event: SyncEvent = {
      type: 'error',
      entityId: 'Amélie (2001), "x"',
      mediaType: 'movie',
      operation: 'metadata',
      serverId: 'default',
      timestamp: new Date('2026-01-02T03:04:05.678Z'),
      data: { code: 'METADATA_INVALID', nested: { list: [1, null] } },
      error: 'METADATA_INVALID: no JSON',
    };
    await log.append([{ event, runIds: [runA, runB] }]);
    await log.append(Array.from({ length: 1200 }, (_, i) => record(`e${i}`)));
    const events = await log.read(0, 5000);
    expect(events).toHaveLength(1201);
    expect(consecutive(events)).toBe(true);
    expect(events[0]).toEqual({
      ...event,
      id: events[0]?.id,
      data: { ...event.data, runId: runA, runIds: [runA, runB] },
    });
    expect(namesOf(await log.readLatest(2))).toEqual(['e1198', 'e1199']);
    expect(await log.readLatest(0)).toEqual([]);
    expect(await log.newestId()).toBe(events.at(-1)?.id);
  });

  test('EV-1: the end of a unit is told once per run, whoever tells it and how often', async () => {
    const logs = [harness.eventLog(), harness.eventLog()];
    const end = (runIds: string[]) => record('Heat', { runIds, claim: { kind: 'unit', name: 'movie/Heat' } });
    await Promise.all(logs.map((log) => log.append([end([runA])])));
    await logs[0]?.append([end([runA, runB]), end([runA, runB]), end([])]);
    const events = (await logs[1]?.read(0, 100)) ?? [];
    expect(events.map(({ data }) => data?.['runIds'])).toEqual([[runA], [runB], undefined]);
    expect(await logs[0]?.toldUnits(runA)).toBe(1);
    expect(await logs[0]?.toldUnits('c'.repeat(24))).toBe(0);
  });

  test('a fact of a run is told once and found again', async () => {
    const log = harness.eventLog();
    const fact = record('__sync_warmup__', { runIds: [runA], claim: { kind: 'run', name: 'started' } });
    expect(await log.append([record('before'), fact])).toBe(2);
    expect(await log.append([fact])).toBe(0);
    const [, told] = await log.read(0, 10);
    expect(await log.idOfFact(runA, 'started')).toBe(told?.id);
    expect(await log.idOfFact(runA, 'ended')).toBeUndefined();
  });

  test('a source is carried once, however its readers overlap', async () => {
    const logs = [harness.eventLog(), harness.eventLog()];
    const of = (...ids: number[]) => ids.map((id) => record(`e${id}`, { sourceId: `${id}-0` }));
    const until = (id: number) => ({ name: 'movies', readUntil: `${id}-0` });
    await logs[0]?.append(of(1, 2, 3), until(4));
    await logs[1]?.append(of(2, 3, 4, 5, 10), until(10));
    await logs[0]?.append(of(5, 9), until(9));
    await logs[0]?.append([], until(20));
    expect(namesOf((await logs[0]?.read(0, 100)) ?? [])).toEqual(['e1', 'e2', 'e3', 'e5', 'e10']);
    expect(await logs[1]?.cursorOf('movies')).toBe('20-0');
    expect(await logs[1]?.cursorOf('shows')).toBeUndefined();
  });

  test('EV-4: what one entry of a source has become is carried whole, however much there is', async () => {
    const log = harness.eventLog();
    const entries = Array.from({ length: 400 }, (_, i) => [`${i} warning`, `${i} warning too`, `${i} end`]);
    const records = entries.flatMap((names, i) =>
      names.map((name) => record(name, { sourceId: `${i + 1}-0` })),
    );
    await log.append(records, { name: 'movies', readUntil: '400-0' });
    expect(namesOf(await log.read(0, 2000))).toEqual(entries.flat());
  });

  test('the history is bounded', async () => {
    const log = harness.eventLog(200);
    await log.append(Array.from({ length: 2000 }, (_, i) => record(`e${i}`)));
    const events = await log.read(0, 5000);
    expect(events.length).toBeGreaterThanOrEqual(200);
    expect(events.length).toBeLessThan(400);
    expect(namesOf(events).at(-1)).toBe('e1999');
  });

  test('EV-2: after Redis was flushed ids are higher than all before, also when the clock was set back', async () => {
    const log = harness.eventLog();
    const { bus, events } = await harness.reader(log);
    await log.append([record('before')]);
    await waitFor(() => events.length === 1);
    // As if everything so far had happened in the future.
    const future = (events[0]?.id ?? 0) + 10 ** 12;
    log.saw(future);
    await forgetAll();
    await log.append([record('after')]);
    const told = await waitFor(() => events.length >= 3 && events);
    expect(told.map((event) => (isGap(event) ? 'gap' : event.entityId))).toEqual(['before', 'gap', 'after']);
    expect(told.at(-1)?.id).toBe(future + 1);
    expect(bus.lastId).toBe(future + 1);
  });

  test('an entry that this version cannot read shows as a gap', async () => {
    const log = harness.eventLog();
    const { events } = await harness.reader(log);
    await log.append([record('before')]);
    const connection = harness.connection('worker');
    const [newest] = await connection.xrevrange(log.streamKey, '+', '-', 'COUNT', 1);
    await connection.xadd(log.streamKey, `${Number(newest?.[0].split('-')[0]) + 1}-0`, 'event', '{"v":9}');
    await connection.hincrby(`${log.streamKey}:state`, 'seq', 1);
    await log.append([record('after')]);
    await waitFor(() => events.length === 3);
    expect(namesOf(events)).toEqual(['before', '__gap__', 'after']);
  });
});

describe('readers of the log', () => {
  test('see the same events in the same order; one that comes back after its last id misses none', async () => {
    const log = harness.eventLog();
    const first = await harness.reader(log);
    const second = await harness.reader(harness.eventLog());
    await log.append(Array.from({ length: 50 }, (_, i) => record(`e${i}`)));
    await waitFor(() => first.events.length === 50 && second.events.length === 50);
    await second.reader.stop();
    await log.append(Array.from({ length: 700 }, (_, i) => record(`f${i}`)));
    const again = await harness.reader(harness.eventLog(), second.events.at(-1)?.id);
    await waitFor(() => again.events.length === 700 && first.events.length === 750);
    expect([...second.events, ...again.events]).toEqual(first.events);
    expect(again.bus.eventsAfter(first.events[20]?.id ?? 0, 5)).toBeUndefined();
    expect(again.bus.getRecentEvents(5)).toEqual(first.events.slice(-5));
  });

  test('EV-2: what was trimmed before it was read is an explicit gap', async () => {
    const log = harness.eventLog(100);
    const early = await harness.reader(log);
    await log.append([record('seen')]);
    const seen = await waitFor(() => early.events[0]);
    await log.append(Array.from({ length: 1000 }, (_, i) => record(`e${i}`)));
    const late = await harness.reader(harness.eventLog(100), seen.id);
    await waitFor(() => late.bus.lastId === seen.id + 1000);
    const [gap, next] = late.events;
    expect(gap).toMatchObject({ type: 'warning', data: { after: seen.id, before: next?.id } });
    expect(consecutive(late.events)).toBe(true);
    expect(late.events.length).toBeLessThan(300);
  });

  test('a bus that starts has the latest history, and its listeners hear only what is new', async () => {
    const log = harness.eventLog();
    await log.append(Array.from({ length: 150 }, (_, i) => record(`e${i}`)));
    const { bus, events } = await harness.reader(log);
    expect(events).toEqual([]);
    expect(namesOf(bus.getRecentEvents(1000))).toEqual(Array.from({ length: 100 }, (_, i) => `e${i + 50}`));
    await log.append([record('new')]);
    await waitFor(() => events.length === 1);
    expect(namesOf(events)).toEqual(['new']);
  });
});

describe('bridges', () => {
  test('EV-2: two at a time tell each event once, and one that comes later goes on where they stopped', async () => {
    await harness.host({ 'movie.sync': () => Promise.resolve({ outcome: 'updated' }) });
    const log = harness.eventLog();
    const { events } = await harness.reader(log);
    const bridges = [await harness.bridgeTo(log), await harness.bridgeTo(harness.eventLog())];
    const enqueue = (from: number, count: number) =>
      harness.producer().enqueueMany(
        'movie.sync',
        Array.from({ length: count }, (_, i) => movie(`m${from + i}`)),
        {
          priority: 'bulk',
        },
      );
    const ended = () => events.filter(({ type }) => type === 'complete').length;
    await enqueue(0, 60);
    await waitFor(() => ended() === 60);
    for (const bridge of bridges) await bridge.close();
    await enqueue(60, 20);
    await waitFor(async () => (await harness.queue().getCompletedCount()) === 80);
    expect(ended()).toBe(60);
    await harness.bridgeTo(harness.eventLog());
    await waitFor(() => ended() === 80);
    const terminal = events.filter(({ type }) => type === 'complete').map(({ entityId }) => entityId);
    expect(new Set(terminal).size).toBe(80);
    expect(events.filter(({ type }) => type === 'started')).toHaveLength(80);
    expect(consecutive(events)).toBe(true);
  });

  test("EV-2: BullMQ's own stream was trimmed before it was read: a gap says so", async () => {
    await harness.host({});
    const log = harness.eventLog();
    const { events } = await harness.reader(log);
    const bridge = await harness.bridgeTo(log);
    await harness.producer().enqueue('movie.sync', movie('seen'), { priority: 'bulk' });
    await waitFor(() => events.some(({ type }) => type === 'complete'));
    await bridge.close();
    const queue = harness.queue();
    await harness.producer().enqueue('movie.sync', movie('lost'), { priority: 'bulk' });
    await waitFor(async () => (await queue.getCompletedCount()) === 2);
    await harness.connection('worker').xtrim(queue.toKey('events'), 'MAXLEN', 0);
    await harness.producer().enqueue('movie.sync', movie('next'), { priority: 'bulk' });
    await harness.bridgeTo(harness.eventLog());
    await waitFor(() => events.some(({ entityId, type }) => entityId === 'next' && type === 'complete'));
    expect(events.slice(2).map(({ entityId, type }) => `${entityId} ${type}`)).toEqual([
      '__gap__ warning',
      'next started',
      'next complete',
    ]);
    expect(events[2]?.data).toMatchObject({ queue: 'movies' });
  });

  test('the beginning of a run is told before its first unit', async () => {
    await harness.host({});
    const log = harness.eventLog();
    const { events } = await harness.reader(log);
    await harness.bridgeTo(log, {
      beforeRuns: async (runIds) => {
        const claim = { kind: 'run', name: 'started' } as const;
        await log.append([record('__sync_warmup__', { runIds, claim })]);
      },
    });
    await harness.producer().enqueue('movie.sync', { ...movie('m'), runId: runA }, { priority: 'bulk' });
    await waitFor(() => events.length === 3);
    expect(namesOf(events)).toEqual(['__sync_warmup__', 'm', 'm']);
  });

  test('warnings of a unit come before its end, and the end names every run that the job answered', async () => {
    await harness.host(
      {
        'movie.sync': ({ title }) => {
          if (title === 'bad') throw new TypeError('unexpected');
          return Promise.resolve({
            outcome: 'updated',
            warnings: [{ code: 'BLURHASH_INVALID', message: 'junk', serverId: 'default' }],
          });
        },
      },
      { awaitingRuns: () => Promise.resolve([runA, runB]) },
    );
    const { events } = await harness.bridge();
    await harness.producer().enqueueMany('movie.sync', [movie('good'), movie('bad')], { priority: 'bulk' });
    await waitFor(() => events.filter(({ type }) => type === 'complete' || type === 'error').length === 2, {
      timeoutMs: 20_000,
    });
    const of = (title: string) => events.filter(({ entityId }) => entityId === title).slice(1);
    expect(of('good')).toMatchObject([
      { type: 'warning', serverId: 'default', data: { code: 'BLURHASH_INVALID' } },
      { type: 'complete', data: { outcome: 'updated', successful: 1, failed: 0, runIds: [runA, runB] } },
    ]);
    expect(of('bad')).toMatchObject([
      { type: 'error', data: { outcome: 'failed', successful: 0, failed: 1, runIds: [runA, runB] } },
    ]);
  });

  test('progress of a running job and a failed one that is retried are told', async () => {
    const release = deferred();
    let fails = true;
    await harness.host({
      'movie.sync': async (_, context) => {
        if (fails) throw new TypeError('broken');
        context.reportProgress({ stage: 'starting', progress: 0, operation: 'metadata' });
        await release.promise;
        return { outcome: 'updated' };
      },
    });
    const { events } = await harness.bridge();
    const { jobId = '' } = (await harness.producer().enqueue('movie.sync', movie('m'), {
      priority: 'bulk',
    })) as { jobId?: string };
    await waitFor(() => events.some(({ type }) => type === 'error'));
    fails = false;
    const job = await harness.queue().getJob(jobId);
    await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    await waitFor(() => events.some(({ type }) => type === 'progress'));
    release.resolve();
    await waitFor(() => events.some(({ type }) => type === 'complete'));
    expect(events.map(({ type }) => type)).toEqual(['started', 'error', 'started', 'progress', 'complete']);
  });
});

async function forgetAll(): Promise<void> {
  const connection = harness.connection('worker');
  const keys = await connection.keys(`${harness.prefix}:*`);
  if (keys.length > 0) await connection.del(keys);
}
