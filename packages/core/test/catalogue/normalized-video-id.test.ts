import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { encodeTitleSegment, normalizedVideoId } from '@reelsync/core';

/** The id of an already normalised text (sync-semantics §1.9). */
function idOf(normalised: string): string {
  return createHash('sha256').update(normalised).digest('hex').slice(0, 16);
}

describe('normalizedVideoId (§1.9, DM-5)', () => {
  test.each([
    ['plain', 'https://files.example.com/movies/Heat/Heat.mp4', '/movies/heat/heat.mp4'],
    ['encoded', 'https://files.example.com/movies/The%20Matrix/a.mp4', '/movies/the%20matrix/a.mp4'],
    ['double-encoded', 'https://files.example.com/movies/The%2520Matrix/a.mp4', '/movies/the%20matrix/a.mp4'],
    ['host, port and query are dropped', 'http://10.0.0.1:8080/movies/a.mp4?hash=1', '/movies/a.mp4'],
    [
      'a percent sign',
      'https://a/movies/100%25%20Wolf/100%25%20Wolf.mp4',
      '/movies/100%%20wolf/100%%20wolf.mp4',
    ],
    ['non-ASCII', 'https://a/movies/Am%C3%A9lie/a.mp4', '/movies/am%c3%a9lie/a.mp4'],
    ['case is folded', 'https://a/MOVIES/Heat/HEAT.MP4', '/movies/heat/heat.mp4'],
    ['the prefix counts', 'https://a/media/movies/a.mp4', '/media/movies/a.mp4'],
    [
      'video sites keep the whole URL',
      'https://www.youtube.com/watch?v=AbC',
      'https://www.youtube.com/watch?v=abc',
    ],
    ['short links too', 'https://youtu.be/AbC?t=1', 'https://youtu.be/abc?t=1'],
    ['vimeo', 'https://player.vimeo.com/video/1?h=2', 'https://player.vimeo.com/video/1?h=2'],
    ['dailymotion', 'https://dailymotion.com/video/x1?a=b', 'https://dailymotion.com/video/x1?a=b'],
    ['a host that only looks like one', 'https://notvimeo.com.evil/movies/a.mp4?x', '/movies/a.mp4'],
    ['a bare path', '/movies/The%20Matrix/a.mp4', '/movies/the matrix/a.mp4'],
  ])('%s', (_name, url, normalised) => {
    expect(normalizedVideoId(url)).toBe(idOf(normalised));
  });

  test('readers cut the decoded path at # and ?, so we must too (join key with WatchHistory)', () => {
    const url = 'https://a/movies/Fast%20%26%20Furious%20%231%20-%20Test/a.mp4';
    expect(normalizedVideoId(url)).toBe(idOf('/movies/fast%20&%20furious%20'));
  });

  const path = fc
    .array(fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' }), { minLength: 1, maxLength: 4 })
    .map((segments) => `/movies/${segments.map(encodeTitleSegment).join('/')}.mp4`);
  const origin = fc
    .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.option(fc.integer({ min: 1, max: 65_535 })))
    .filter(([, domain]) => !/(youtube\.com|youtu\.be|vimeo\.com|dailymotion\.com)$/i.test(domain))
    .map(([scheme, domain, port]) => `${scheme}://${domain}${port === null ? '' : `:${port}`}`);

  test('property: scheme, host, port and query make no difference', () => {
    fc.assert(
      fc.property(path, origin, origin, fc.stringMatching(/^[0-9a-f]{0,10}$/), (somePath, one, two, hash) => {
        const id = normalizedVideoId(one + somePath);
        expect(id).toMatch(/^[0-9a-f]{16}$/);
        expect(normalizedVideoId(two + somePath)).toBe(id);
        expect(normalizedVideoId(`${two}${somePath}?hash=${hash}`)).toBe(id);
      }),
    );
  });

  test('property: encoding a URL once more makes no difference, however often', () => {
    fc.assert(
      fc.property(path, origin, fc.integer({ min: 1, max: 3 }), (somePath, someOrigin, times) => {
        let again = somePath;
        for (let i = 0; i < times; i += 1) again = again.replaceAll('%', '%25');
        expect(normalizedVideoId(someOrigin + again)).toBe(normalizedVideoId(someOrigin + somePath));
      }),
    );
  });
});
