import { closeAll, fixture, rejection, start } from './support/harness';
import { TestServer, reply } from './support/test-server';

afterEach(closeAll);

describe('fetchTitleHashes', () => {
  it('reads the recorded maps; movies have no content hash, shows do', async () => {
    const { adapter, http } = await start((request, response) => {
      response.end(
        fixture(
          request.url?.endsWith('/tv') === true ? 'metadata-hashes.tv.json' : 'metadata-hashes.movies.json',
        ),
      );
    });
    const movies = await adapter.fetchTitleHashes('movies');
    const shows = await adapter.fetchTitleHashes('tv');
    expect(movies.get('100% Wolf')).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(shows.get('Breaking Point')).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{40}$/),
      contentHash: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(http.requests.map(({ url }) => url)).toEqual([
      '/node/api/metadata-hashes/movies',
      '/node/api/metadata-hashes/tv',
    ]);
    expect(http.requests[0]?.headers).not.toHaveProperty('x-webhook-id');
    expect(http.requests[0]?.headers).not.toHaveProperty('cache-control');
  });

  it('B-35: asks the internal address when there is one', async () => {
    const internal = await TestServer.start(reply(200, '{"titles":{"A":{"hash":"1"}}}'));
    const { adapter, http } = await start(reply(500), { internalUrl: `${internal.url}/` });
    const hashes = await adapter.fetchTitleHashes('movies');
    await internal.close();
    expect(hashes.get('A')).toEqual({ hash: '1' });
    expect(http.requests).toHaveLength(0);
  });

  it('leaves out null hashes and broken entries, and keeps odd titles', async () => {
    const body =
      '{"hash":null,"some":{"titles":{"X":{"hash":"x"}}},"titles":{"A":{"hash":null},"B":7,"__proto__":{"hash":"p"},"version":{"hash":"v","contentHash":null},"C":{"hash":""}},"generated":"now"}';
    const { adapter } = await start(reply(200, body));
    const hashes = await adapter.fetchTitleHashes('movies');
    expect(hashes.get('__proto__')).toEqual({ hash: 'p' });
    expect(hashes.get('version')).toEqual({ hash: 'v' });
    for (const title of ['A', 'B', 'C', 'X', 'titles']) expect(hashes.get(title)).toBeUndefined();
  });

  it('the last hash of a title counts, whatever forms they have', async () => {
    const sha1 = (digit: string) => digit.repeat(40);
    const entries = [
      ...[`"A":{"hash":"${sha1('1')}","contentHash":"${sha1('2')}"}`, `"A":{"hash":"${sha1('3')}"}`],
      ...[`"B":{"hash":"other"}`, `"B":{"hash":"${sha1('4')}","contentHash":"${sha1('5')}"}`],
      ...[`"C":{"hash":"${sha1('6')}"}`, `"C":{"hash":"${sha1('A')}"}`],
      `"D":{"hash":"${sha1('7')}","contentHash":"${sha1('8')}"}`,
    ];
    const { adapter } = await start(reply(200, `{"titles":{${entries.join(',')}}}`));
    const hashes = await adapter.fetchTitleHashes('tv');
    expect(hashes.get('A')).toEqual({ hash: sha1('3') });
    expect(hashes.get('B')).toEqual({ hash: sha1('4'), contentHash: sha1('5') });
    expect(hashes.get('C')).toEqual({ hash: sha1('A') });
    expect(hashes.get('D')).toEqual({ hash: sha1('7'), contentHash: sha1('8') });
  });

  it.each([
    [reply(200, '<html>'), 'LISTING_INVALID', 'it is an HTML or XML page'],
    [reply(200, '[]'), 'LISTING_INVALID', 'it is an array'],
    [reply(200, '{"titles":[]}'), 'LISTING_INVALID', 'it should have an object of titles'],
    [reply(200, '{"hash":"1"}'), 'LISTING_INVALID', 'it has no "titles"'],
    [reply(200, '{"titles":{"A":{"hash":"1"}'), 'LISTING_INVALID', 'it ends in the middle'],
    [reply(404, '{}'), 'LISTING_NOT_FOUND', 'does not exist'],
    [reply(500), 'SERVER_ERROR', 'HTTP 500'],
    [reply(200, 'x'.repeat(2_000)), 'RESPONSE_TOO_LARGE', 'larger than 1000 bytes'],
  ])('throws a clear error', async (handler, code, words) => {
    const { adapter } = await start(handler, {}, { limits: { titleHashesBytes: 1_000 } });
    const error = await rejection(adapter.fetchTitleHashes('movies'));
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect((error as Error).message).toContain("Hash map of movies on server 'default'");
  });
});

describe('fetchShowHashes', () => {
  it('reads the recorded hashes of seasons and of episodes; the season is a key of the former (contract §5.1)', async () => {
    const { adapter, http } = await start((request, response) => {
      const isSeason = request.url?.endsWith('/02') === true;
      response.end(
        fixture(
          isSeason
            ? 'metadata-hashes.tv.season.padded-folder.json'
            : 'metadata-hashes.tv.show.odd-seasons.json',
        ),
      );
    });
    const seasons = await adapter.fetchShowHashes('What? & Co. #1');
    expect([...seasons.keys()]).toEqual(expect.arrayContaining(['02', 'Specials']));
    const episodes = await adapter.fetchShowHashes('What? & Co. #1', { season: '02' });
    expect([...episodes.values()]).toEqual(expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{40}$/)]));
    expect(http.requests.map(({ url }) => url)).toEqual([
      '/node/api/metadata-hashes/tv/What%3F%20%26%20Co.%20%231',
      '/node/api/metadata-hashes/tv/What%3F%20%26%20Co.%20%231/02',
    ]);
  });

  it('has none where the server has none: unknown folder, other shapes, entries without a hash', async () => {
    const bodies = [
      '{"error":"Season not found"}',
      '<html>',
      '[]',
      '{"seasons":7}',
      '{"seasons":{"1":null,"2":{"hash":""}}}',
    ];
    for (const [index, body] of bodies.entries()) {
      const { adapter } = await start(reply(index === 0 ? 404 : 200, body));
      expect(await adapter.fetchShowHashes('A')).toEqual(new Map());
    }
  });

  it('throws when the server gives no answer', async () => {
    const { adapter } = await start(reply(500));
    expect(await rejection(adapter.fetchShowHashes('A', { season: '1' }))).toMatchObject({
      code: 'SERVER_ERROR',
      message: expect.stringContaining("Hashes of season 1 of 'A'"),
    });
  });
});
