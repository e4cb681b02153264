import fc from 'fast-check';
import {
  byPrecedence,
  encodeTitleSegment,
  fileNameWithToken,
  isAbsoluteUrl,
  joinMediaUrl,
  normalizePrefix,
} from '@reelsync/core';
import { aServer } from '../support/listings';

const baseUrl = 'https://files.example.com';

describe('joinMediaUrl (AV-9, contract §1.1)', () => {
  test.each([
    ['no prefix', '', '/movies/A%20B/a.mp4', '/movies/A%20B/a.mp4'],
    ['prefix already inside', '/media', '/media/movies/a.mp4?hash=1', '/media/movies/a.mp4?hash=1'],
    ['prefix missing', '/media', '/movies/a.mp4', '/media/movies/a.mp4'],
    ['/m is not a segment of /movies', '/m', '/movies/x', '/m/movies/x'],
    ['prefix of several segments', '/a/b', '/a/b/movies/x', '/a/b/movies/x'],
    ['only half of a prefix', '/a/b', '/a/movies/x', '/a/b/a/movies/x'],
    ['relative path', '/media', 'movies/x', '/media/movies/x'],
    ['prefix as configured by hand', 'media/', '/media/movies/x', '/media/movies/x'],
  ])('%s', (_name, prefix, path, expected) => {
    expect(joinMediaUrl({ baseUrl, prefix }, path)).toBe(baseUrl + expected);
  });

  test('trailing slashes of the base are dropped', () => {
    expect(joinMediaUrl({ baseUrl: `${baseUrl}//`, prefix: '' }, '/movies/x')).toBe(`${baseUrl}/movies/x`);
  });

  const segment = fc
    .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
    .map((text) => encodeTitleSegment(text))
    .filter((text) => text !== '');
  const prefix = fc.oneof(
    fc.constantFrom('', '/media', '/m', '/movies', '/a/b'),
    fc.array(segment, { maxLength: 2 }).map((parts) => parts.map((part) => `/${part}`).join('')),
  );
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/movies/${parts.join('/')}`);
  const query = fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^[0-9a-f]{1,10}$/).map((hash) => `?hash=${hash}`),
  );

  test('property: with or without its prefix a path gives the same URL; prefix never doubled or lost, query untouched', () => {
    fc.assert(
      fc.property(prefix, path, query, (somePrefix, somePath, someQuery) => {
        // `/movies` as a prefix: a path that starts with it counts as prefixed, because servers emit it themselves.
        fc.pre(!`${somePath}/`.startsWith(`${somePrefix}/`) || somePrefix === '');
        const server = { baseUrl, prefix: somePrefix };
        const expected = baseUrl + somePrefix + somePath + someQuery;
        expect(joinMediaUrl(server, somePath + someQuery)).toBe(expected);
        expect(joinMediaUrl(server, somePrefix + somePath + someQuery)).toBe(expected);
      }),
    );
  });

  test('property: what was joined once is not joined again; absolute URLs are unchanged', () => {
    fc.assert(
      fc.property(prefix, path, query, (somePrefix, somePath, someQuery) => {
        const url = joinMediaUrl({ baseUrl, prefix: somePrefix }, somePath + someQuery);
        expect(joinMediaUrl({ baseUrl: 'http://other', prefix: '/other' }, url)).toBe(url);
      }),
    );
  });

  test.each(['http://a/b', 'HTTPS://a/b?c=%20'])('%s is absolute', (url) => {
    expect(isAbsoluteUrl(url)).toBe(true);
  });

  test.each(['/http://a', 'movies/https://x', 'httpx://a', ''])('"%s" is not absolute', (url) => {
    expect(isAbsoluteUrl(url)).toBe(false);
  });
});

describe('normalizePrefix', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['//', ''],
    ['media', '/media'],
    ['/media/', '/media'],
    ['a/b/', '/a/b'],
  ])('"%s" -> "%s"', (given, expected) => {
    expect(normalizePrefix(given)).toBe(expected);
  });

  test('property: idempotent', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = normalizePrefix(text);
        expect(normalizePrefix(once)).toBe(once);
        expect(once === '' || (once.startsWith('/') && !once.endsWith('/'))).toBe(true);
      }),
    );
  });
});

describe('tokens and names', () => {
  test.each([
    ['/movies/a/poster.jpg?hash=abc', 'poster.jpg?hash=abc'],
    ['/media/movies/a/poster.jpg?x=/y', 'poster.jpg?x=/y'],
    ['poster.jpg', 'poster.jpg'],
    ['', ''],
  ])('fileNameWithToken(%s) is free of host, prefix and folder (B-34)', (path, expected) => {
    expect(fileNameWithToken(path)).toBe(expected);
  });

  test("segments are encoded like the servers' own (contract §1.1)", () => {
    expect(encodeTitleSegment("Ocean's (Eleven)!*~")).toBe("Ocean's%20(Eleven)!*~");
    expect(encodeTitleSegment('100% Wolf & #1 $é/')).toBe('100%25%20Wolf%20%26%20%231%20%24%C3%A9%2F');
  });
});

describe('byPrecedence (AV-1)', () => {
  test('lowest number first, ties in order of configuration, disabled servers left out', () => {
    const servers = [
      aServer({ id: 'c', priority: 2 }),
      aServer({ id: 'off', priority: 0, enabled: false }),
      aServer({ id: 'b', priority: 1 }),
      aServer({ id: 'a', priority: 1 }),
    ];
    expect(byPrecedence(servers).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  test('property: a stable order that never loses an enabled server', () => {
    const servers = fc
      .array(fc.record({ priority: fc.integer({ min: -2, max: 3 }), enabled: fc.boolean() }), {
        maxLength: 8,
      })
      .map((list) => list.map((one, i) => aServer({ id: `s${i}`, ...one })));
    fc.assert(
      fc.property(servers, (list) => {
        const sorted = byPrecedence(list);
        expect(new Set(sorted)).toEqual(new Set(list.filter(({ enabled }) => enabled)));
        for (const [i, server] of sorted.slice(1).entries()) {
          const better = sorted[i]!;
          expect(
            better.priority < server.priority ||
              (better.priority === server.priority && list.indexOf(better) < list.indexOf(server)),
          ).toBe(true);
        }
      }),
    );
  });
});
