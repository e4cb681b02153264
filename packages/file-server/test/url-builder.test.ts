import fc from 'fast-check';
import { encodeTitleSegment } from '@reelsync/core';
import { UrlBuilder } from '@reelsync/file-server';
import { fixture, mediaServer } from './support/harness';

const prefixArbitrary = fc.constantFrom('', '/media', 'media/', '/m', '/a/b', '/media/films');
const pathArbitrary = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map(encodeTitleSegment), {
    minLength: 1,
    maxLength: 4,
  })
  .map((segments) => `/movies/${segments.join('/')}?hash=0123456789`);

describe('UrlBuilder', () => {
  it.each([
    ['', '/movies/Up/a.mp4', 'http://files.test/movies/Up/a.mp4'],
    ['/media', '/media/movies/Up/a.mp4', 'http://files.test/media/movies/Up/a.mp4'],
    ['/media', '/movies/Up/a.mp4', 'http://files.test/media/movies/Up/a.mp4'],
    ['/m', '/movies/Up/a.mp4', 'http://files.test/m/movies/Up/a.mp4'],
    [
      '',
      "/movies/Ocean's%20Eleven/logo.svg?hash=83e2",
      "http://files.test/movies/Ocean's%20Eleven/logo.svg?hash=83e2",
    ],
    [
      '',
      '/movies/100%25%20Wolf/m.json?hash=a&b=%2F',
      'http://files.test/movies/100%25%20Wolf/m.json?hash=a&b=%2F',
    ],
    ['/media', 'https://captions.test/x.vtt', 'https://captions.test/x.vtt'],
  ])('joins prefix %p and path %p (contract §1.1)', (prefix, path, url) => {
    expect(new UrlBuilder().mediaUrl(mediaServer({ prefix }), path)).toBe(url);
  });

  it('takes every path of a recorded listing with prefix as it is', () => {
    const server = mediaServer({ baseUrl: 'https://two.test/', prefix: '/media' });
    const paths = [...fixture('server2.movies.json').matchAll(/"(\/media\/[^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(paths.length).toBeGreaterThan(20);
    const urls = new UrlBuilder();
    for (const path of paths) expect(urls.mediaUrl(server, path)).toBe(`https://two.test${path}`);
  });

  it('never doubles or loses the prefix, and never encodes again', () => {
    const urls = new UrlBuilder();
    fc.assert(
      fc.property(prefixArbitrary, pathArbitrary, (prefix, path) => {
        const server = mediaServer({ prefix });
        const bare = prefix.replace(/^\/?(.*?)\/?$/, '$1');
        const wanted = bare === '' ? `http://files.test${path}` : `http://files.test/${bare}${path}`;
        expect(urls.mediaUrl(server, path)).toBe(wanted);
        // The server's own form, prefix included, gives the same URL.
        expect(urls.mediaUrl(server, wanted.slice('http://files.test'.length))).toBe(wanted);
      }),
    );
  });

  it('B-34: a changed host or prefix changes URLs that were built before', () => {
    const urls = new UrlBuilder();
    const path = '/movies/Up/poster.jpg?hash=1';
    const before = mediaServer({ baseUrl: 'http://old.test' });
    expect(urls.mediaUrl(before, path)).toBe('http://old.test/movies/Up/poster.jpg?hash=1');
    expect(urls.mediaUrl({ ...before, baseUrl: 'http://new.test' }, path)).toContain(
      'http://new.test/movies',
    );
    expect(urls.mediaUrl({ ...before, prefix: '/media' }, path)).toContain('http://old.test/media/movies');
    expect(urls.size).toBe(3);
  });

  it('B-35: hashes are asked for at the internal address, listings at the public one', () => {
    const urls = new UrlBuilder();
    const server = mediaServer({ nodeUrl: 'https://files.test/node/' });
    const internal = { ...server, internalUrl: 'http://10.0.0.1:3000/' };
    expect(urls.titleHashesUrl(server, 'tv')).toBe('https://files.test/node/api/metadata-hashes/tv');
    expect(urls.titleHashesUrl(internal, 'movies')).toBe('http://10.0.0.1:3000/api/metadata-hashes/movies');
    expect(urls.listingUrl(internal, 'movies')).toBe('https://files.test/node/media/movies');
  });

  it.each([
    ['100% Series', '100%2525%2520Series'],
    ['50%25 Off', '50%252525%2520Off'],
    ['What? & Co. #1', 'What%3F%20%26%20Co.%20%231'],
  ])(
    'contract §5.5: in URLs of hashes, only a title with a percent sign is encoded twice: %p',
    (title, segment) => {
      const urls = new UrlBuilder();
      const server = mediaServer({ nodeUrl: 'https://files.test/node' });
      const show = `https://files.test/node/api/metadata-hashes/tv/${segment}`;
      expect(urls.showHashesUrl(server, title)).toBe(show);
      expect(urls.showHashesUrl(server, title, '02')).toBe(`${show}/02`);
    },
  );

  it('remembers 10,000 URLs', () => {
    const urls = new UrlBuilder();
    const server = mediaServer();
    for (let number = 0; number <= 10_000; number += 1) urls.mediaUrl(server, `/${number}`);
    expect(urls.size).toBe(10_000);
    expect(urls.mediaUrl(server, '/__proto__')).toBe('http://files.test/__proto__');
  });
});
