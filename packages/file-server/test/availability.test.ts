import { closeAll, rejection, start, timeouts } from './support/harness';
import { hang, inTurn, reply, type Handler } from './support/test-server';

afterEach(closeAll);

/** Answers HEAD and GET differently. */
function byMethod(head: Handler, get: Handler): Handler {
  return (request, response) => (request.method === 'HEAD' ? head : get)(request, response);
}

const endless: Handler = (_request, response) => {
  response.writeHead(200, { 'content-length': 10_000_000_000 });
  response.write(Buffer.alloc(100_000));
};

describe('checkAvailability', () => {
  it.each<[string, Handler, boolean, string[]]>([
    ['HEAD 200', reply(200), true, ['HEAD']],
    ['HEAD 404', reply(404), false, ['HEAD']],
    ['HEAD 410', reply(410), false, ['HEAD']],
    ['HEAD 405, GET 206', byMethod(reply(405), reply(206, 'ab')), true, ['HEAD', 'GET']],
    ['HEAD 403, GET 200 without ranges', byMethod(reply(403), endless), true, ['HEAD', 'GET']],
    ['HEAD 501, GET 404', byMethod(reply(501), reply(404)), false, ['HEAD', 'GET']],
    ['HEAD 400, GET 416 (empty file)', byMethod(reply(400), reply(416)), false, ['HEAD', 'GET']],
  ])('contract §4.1: %s', async (_name, handler, available, methods) => {
    const { adapter, http } = await start(handler);
    await expect(adapter.checkAvailability(`${http.url}/a.mp4`)).resolves.toBe(available);
    expect(http.requests.map(({ method }) => method)).toEqual(methods);
    expect(http.requests.map(({ headers }) => headers.range)).toEqual(
      methods.map((method) => (method === 'GET' ? 'bytes=0-1' : undefined)),
    );
  });

  it.each([200, 404])('remembers the answer %p for 5 minutes', async (status) => {
    let now = 1_000;
    const { adapter, http } = await start(reply(status), {}, { now: () => now });
    const url = `${http.url}/a.mp4`;
    const first = await adapter.checkAvailability(url);
    now += 5 * 60_000 - 1;
    await expect(adapter.checkAvailability(url)).resolves.toBe(first);
    expect(http.requests).toHaveLength(1);
    await adapter.checkAvailability(`${http.url}/b.mp4`);
    expect(http.requests).toHaveLength(2);
    now += 2;
    await adapter.checkAvailability(url);
    expect(http.requests).toHaveLength(3);
  });

  it('throws a timeout and does not take it for "not available"', async () => {
    const { adapter, http } = await start(
      inTurn(hang, hang, reply(200)),
      { timeouts: timeouts(200) },
      { limits: { maxRetries: 0 } },
    );
    const url = `${http.url}/a.mp4`;
    expect(await rejection(adapter.checkAvailability(url))).toMatchObject({ code: 'SERVER_TIMEOUT' });
    expect(await rejection(adapter.checkAvailability(url))).toMatchObject({ code: 'SERVER_TIMEOUT' });
    await expect(adapter.checkAvailability(url)).resolves.toBe(true);
  });

  it.each([
    [reply(500), 'SERVER_ERROR'],
    [reply(429), 'SERVER_THROTTLED'],
    [reply(401), 'SERVER_UNAUTHORIZED'],
  ])('throws when the server gives no answer to the question', async (handler, code) => {
    const { adapter, http } = await start(handler);
    expect(await rejection(adapter.checkAvailability(`${http.url}/a.mp4`))).toMatchObject({ code });
  });

  it('throws when the server is gone, and ends with the reason of the signal', async () => {
    const { adapter, http } = await start(hang);
    const reason = new Error('stop');
    expect(
      await rejection(adapter.checkAvailability(`${http.url}/a.mp4`, { signal: AbortSignal.abort(reason) })),
    ).toBe(reason);
    await http.close();
    expect(await rejection(adapter.checkAvailability(`${http.url}/a.mp4`))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
    });
  });

  it('tells how much is kept', async () => {
    const { adapter, http } = await start(reply(200, '{"title":"A"}', { etag: '"e"' }));
    expect(adapter.cacheStats()).toEqual({ files: 0, fileBytes: 0, availability: 0 });
    await adapter.checkAvailability(`${http.url}/a.mp4`);
    await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A' });
    const fileBytes = 13 + `${http.url}/a.json`.length;
    expect(adapter.cacheStats()).toEqual({ files: 1, fileBytes, availability: 1 });
  });
});
