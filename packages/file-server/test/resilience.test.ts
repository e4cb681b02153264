import type { FetchOutcome } from '@reelsync/core';
import type { FileServerAdapter } from '@reelsync/file-server';
import { parseRetryAfter } from '../src/http/request-error';
import { publicUrl } from '../src/http/request-target';
import { waitFor } from '../../../tests/support';
import { closeAll, rejection, start, timeouts, type Harness } from './support/harness';
import { hang, inTurn, reply, type Handler } from './support/test-server';

const OK = reply(200, '{"id":1}');

afterEach(closeAll);

async function fetchOne(
  { adapter, http }: { adapter: FileServerAdapter; http: { url: string } },
  signal?: AbortSignal,
): Promise<FetchOutcome> {
  return adapter.fetchFile('metadata', `${http.url}/a.json`, {
    title: 'A',
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The error's code, or the status of the outcome. */
async function resultOf(outcome: Promise<FetchOutcome>): Promise<string> {
  const settled = await outcome;
  return settled.status === 'failed' ? settled.error.code : settled.status;
}

describe('limiter', () => {
  it('keeps to the concurrency of the server, over all that runs', async () => {
    const slow: Handler = (_request, response) => void setTimeout(() => response.end('{"id":1}'), 10);
    const harness = await start(slow, { concurrency: 3 });
    const results = Array.from({ length: 20 }, async () => resultOf(fetchOne(harness)));
    expect(harness.adapter.stats()).toMatchObject({ active: 3, pending: 17 });
    expect(new Set(await Promise.all(results))).toEqual(new Set(['fresh']));
    expect(harness.http.mostAtOnce).toBe(3);
    expect(harness.adapter.stats()).toMatchObject({ active: 0, pending: 0, total: 20, failed: 0 });
  });

  it('does not count the time in the queue as time of the server', async () => {
    const slow: Handler = (_request, response) => void setTimeout(() => response.end('{"id":1}'), 150);
    const harness = await start(slow, { concurrency: 1, timeouts: timeouts(1000) });
    const results = Array.from({ length: 10 }, async () => resultOf(fetchOne(harness)));
    expect(new Set(await Promise.all(results))).toEqual(new Set(['fresh']));
  });

  it('a call that is aborted in the queue ends at once, and lets the next one in', async () => {
    const held: (() => void)[] = [];
    const hold: Handler = (_request, response) => void held.push(() => response.end('{"id":1}'));
    const harness = await start(inTurn(hold, OK), { concurrency: 1 });
    const first = fetchOne(harness);
    await waitFor(() => held.length === 1, { message: 'the first request is under way' });
    const stop = new AbortController();
    const queued = rejection(fetchOne(harness, stop.signal));
    const third = fetchOne(harness);
    const reason = new Error('no longer wanted');
    stop.abort(reason);
    expect(await queued).toBe(reason);
    held[0]!();
    expect(await resultOf(first)).toBe('fresh');
    expect(await resultOf(third)).toBe('fresh');
    expect(harness.http.requests).toHaveLength(2);
  });
});

describe('Retry-After', () => {
  it('waits for a short one in place', async () => {
    const harness = await start(
      inTurn(reply(429, '', { 'retry-after': '0' }), reply(503, '', { 'retry-after': '1' }), OK),
    );
    const startedAt = performance.now();
    expect(await resultOf(fetchOne(harness))).toBe('fresh');
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(harness.http.requests).toHaveLength(3);
  });

  it.each([
    [429, '30', 30_000],
    [503, '120', 120_000],
    [429, 'Wed, 01 Jan 2025 00:01:00 GMT', 60_000],
  ])('hands a long one to the caller: %p %p', async (status, retryAfter, retryAfterMs) => {
    const harness = await start(
      reply(status, '', { 'retry-after': retryAfter }),
      {},
      { now: () => Date.UTC(2025, 0, 1) },
    );
    const outcome = await fetchOne(harness);
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'SERVER_THROTTLED', category: 'throttled', retryAfterMs },
    });
    expect(harness.http.requests).toHaveLength(1);
    expect(harness.adapter.stats().breaker).toBe('closed');
  });

  it('reports being put off, not a timeout, when the wait does not fit into the time for the call', async () => {
    const harness = await start(reply(503, '', { 'retry-after': '1' }), { timeouts: timeouts(400) });
    const startedAt = performance.now();
    expect(await resultOf(fetchOne(harness))).toBe('SERVER_THROTTLED');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([
    ['5', 5_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
    [['1', '2'], undefined],
  ])('reads %p', (value, milliseconds) => {
    expect(parseRetryAfter(value, 1_000)).toBe(milliseconds);
  });
});

describe('breaker', () => {
  const limits = { breakerThreshold: 3, breakerOpenMs: 100, maxRetries: 0 };

  async function opened(handler: Handler): Promise<Harness> {
    const harness = await start(handler, { concurrency: 8 }, { limits });
    for (let turn = 0; turn < limits.breakerThreshold; turn += 1) {
      expect(await resultOf(fetchOne(harness))).toBe('SERVER_ERROR');
    }
    expect(harness.adapter.stats().breaker).toBe('open');
    return harness;
  }

  const failing = Array.from({ length: limits.breakerThreshold }, () => reply(500));

  it('opens after faults in a row, and tells how long to stay away', async () => {
    const harness = await opened(reply(500));
    const outcome = await fetchOne(harness);
    expect(outcome).toMatchObject({
      status: 'failed',
      error: {
        code: 'SERVER_CIRCUIT_OPEN',
        category: 'throttled',
        message: expect.stringContaining("Metadata of 'A' on server 'default' was not requested"),
      },
    });
    const retryAfterMs = outcome.status === 'failed' ? outcome.error.retryAfterMs : undefined;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(100);
    expect(await rejection(harness.adapter.fetchListing('tv'))).toMatchObject({
      code: 'SERVER_CIRCUIT_OPEN',
    });
    expect(harness.http.requests).toHaveLength(3);
  });

  it('half-open: one trial, whose success lets all the others through', async () => {
    const held: (() => void)[] = [];
    const hold: Handler = (_request, response) => void held.push(() => response.end('{"id":1}'));
    const harness = await opened(inTurn(...failing, hold, OK));
    await pause(110);
    const results = Array.from({ length: 5 }, async () => resultOf(fetchOne(harness)));
    await waitFor(() => held.length === 1, { message: 'the trial is under way' });
    expect(harness.adapter.stats().breaker).toBe('half-open');
    expect(harness.http.requests).toHaveLength(4);
    held[0]!();
    expect(await Promise.all(results)).toEqual(['fresh', 'fresh', 'fresh', 'fresh', 'fresh']);
    expect(harness.adapter.stats().breaker).toBe('closed');
  });

  it('half-open: a trial that fails opens it again, for all that waited', async () => {
    const harness = await opened(reply(500));
    await pause(110);
    const results = await Promise.all(Array.from({ length: 5 }, async () => resultOf(fetchOne(harness))));
    expect(results.sort()).toEqual([...Array<string>(4).fill('SERVER_CIRCUIT_OPEN'), 'SERVER_ERROR']);
    expect(harness.http.requests).toHaveLength(4);
    await pause(110);
    await fetchOne(harness);
    expect(harness.http.requests).toHaveLength(5);
  });

  it('half-open: a trial that its caller gives up blocks nobody', async () => {
    const harness = await opened(inTurn(...failing, hang, OK));
    await pause(110);
    const stop = new AbortController();
    const trial = rejection(fetchOne(harness, stop.signal));
    await waitFor(() => harness.http.requests.length === 4, { message: 'the trial is under way' });
    const waiting = resultOf(fetchOne(harness));
    stop.abort(new Error('gave up'));
    await trial;
    expect(await waiting).toBe('fresh');
  });

  it.each([
    ['404', reply(404), 'missing'],
    ['401', reply(401), 'SERVER_UNAUTHORIZED'],
    ['429', reply(429), 'SERVER_THROTTLED'],
    ['bad content', reply(200, 'no json'), 'METADATA_INVALID'],
  ])('does not open for %s', async (_name, handler, result) => {
    const harness = await start(handler, {}, { limits });
    for (let turn = 0; turn < 6; turn += 1) expect(await resultOf(fetchOne(harness))).toBe(result);
    expect(harness.http.requests).toHaveLength(6);
    expect(harness.adapter.stats().breaker).toBe('closed');
  });

  it('an answer between faults, be it a 404, keeps it closed', async () => {
    const harness = await start(
      inTurn(reply(500), reply(500), reply(404), reply(500), reply(500), OK),
      {},
      { limits },
    );
    const results: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) results.push(await resultOf(fetchOne(harness)));
    expect(results).toEqual([
      'SERVER_ERROR',
      'SERVER_ERROR',
      'missing',
      'SERVER_ERROR',
      'SERVER_ERROR',
      'fresh',
    ]);
  });

  it('opens for a server that hangs, and for one that is gone', async () => {
    const hanging = await start(hang, { timeouts: timeouts(150) }, { limits });
    expect(await Promise.all([1, 2, 3].map(async () => resultOf(fetchOne(hanging))))).toEqual(
      Array<string>(3).fill('SERVER_TIMEOUT'),
    );
    expect(hanging.adapter.stats().breaker).toBe('open');

    const gone = await start(OK, {}, { limits });
    await gone.http.close();
    for (let turn = 0; turn < 3; turn += 1) expect(await resultOf(fetchOne(gone))).toBe('SERVER_UNREACHABLE');
    expect(await resultOf(fetchOne(gone))).toBe('SERVER_CIRCUIT_OPEN');
  });

  it('a call whose retries open it ends as put off, which uses no attempt of the job', async () => {
    const harness = await start(
      reply(500),
      {},
      { limits: { ...limits, breakerThreshold: 2, maxRetries: 2 } },
    );
    expect(await resultOf(fetchOne(harness))).toBe('SERVER_CIRCUIT_OPEN');
    expect(harness.http.requests).toHaveLength(2);
  });
});

describe('close', () => {
  it('ends what is under way and what waits, as a shutdown', async () => {
    const harness = await start(hang, { concurrency: 1 });
    const results = [resultOf(fetchOne(harness)), resultOf(fetchOne(harness))];
    await waitFor(() => harness.http.requests.length === 1, { message: 'the first request is under way' });
    await harness.adapter.close();
    expect(await Promise.all(results)).toEqual(['JOB_CANCELLED', 'JOB_CANCELLED']);
    expect(await resultOf(fetchOne(harness))).toBe('JOB_CANCELLED');
    await waitFor(async () => (await harness.http.connections()) === 0, {
      message: 'all connections are closed',
    });
  });
});

describe('publicUrl', () => {
  it.each([
    ['http://u:p@files.test/a?hash=1', 'http://files.test/a?hash=1'],
    ['https://u@files.test', 'https://files.test'],
    ['http://u:p@ss@files.test/x', 'http://files.test/x'],
    ['http://files.test/a@b', 'http://files.test/a@b'],
  ])('%p shows as %p', (url, shown) => {
    expect(publicUrl(url)).toBe(shown);
  });
});

/** The breaker opens by the clock; there is no condition to wait for. */
async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
