import fc from 'fast-check';
import { parseBlurhash, validateMovie } from '@reelsync/core';
import { readFixture } from '../support/listings';

const movie = {
  title: 'Heat',
  videoURL: 'https://files.example.com/movies/Heat/Heat.mp4',
  posterURL: 'https://files.example.com/movies/Heat/poster.jpg?hash=abc',
};

function codes(document: Record<string, unknown>): { errors: number; warnings: number } {
  const { errors, warnings } = validateMovie(document);
  return { errors: errors.length, warnings: warnings.length };
}

describe('validateMovie (§3.5)', () => {
  test.each([
    ['.jpg', 0],
    ['.JPEG', 0],
    ['.png', 0],
    ['.webp', 0],
    ['.gif', 0],
    ['.mp4', 1],
    ['', 1],
  ])('B-33: a poster%s with ?hash= gives %d warnings', (extension, warnings) => {
    const posterURL = `https://a/movies/x/poster${extension}?hash=1234567890`;
    expect(codes({ ...movie, posterURL })).toEqual({ errors: 0, warnings });
  });

  test('an extension in the query is none', () => {
    expect(codes({ ...movie, posterURL: 'https://a/poster?file=x.jpg' })).toEqual({ errors: 0, warnings: 1 });
  });

  test.each([
    ['no title', { title: undefined }],
    ['a blank title', { title: '  ' }],
    ['a title that is no text', { title: 1917 }],
    ['a title of 501 characters', { title: 'x'.repeat(501) }],
    ['a relative video', { videoURL: '/movies/a.mp4' }],
    ['a video of another scheme', { videoURL: 'file:///movies/a.mp4' }],
    ['a video that is no URL', { videoURL: 'http://' }],
    ['a relative poster', { posterURL: '/movies/poster.jpg' }],
    ['a poster that is no text', { posterURL: 5 }],
  ])('%s is an error', (_name, change) => {
    expect(codes({ ...movie, ...change })).toEqual({ errors: 1, warnings: 0 });
  });

  test.each([
    [100, 0],
    [101, 1],
    [500, 1],
  ])('a title of %d characters gives %d warnings', (length, warnings) => {
    expect(codes({ ...movie, title: 'x'.repeat(length) })).toEqual({ errors: 0, warnings });
  });

  test.each([null, '', undefined])(
    'a video or poster that is %p is absent: such documents exist and must stay writable (ST-M9)',
    (value) => {
      expect(codes({ ...movie, videoURL: value, posterURL: value })).toEqual({ errors: 0, warnings: 0 });
    },
  );
});

describe('parseBlurhash (ST-3, B-19)', () => {
  const preview = readFixture('poster.jpg.blurhash').trim();

  test('a recorded preview is base64 of a PNG and is trimmed', () => {
    expect(Buffer.from(preview, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(parseBlurhash(` ${preview}\n`)).toBe(preview);
  });

  test.each(['LEHV6nWB2yk8pyo0adR*.7kCMdnj', 'L6PZfSi_.AyE_3t7t7R**0o#DgR4', '00TI:j'])(
    'a BlurHash: %s',
    (hash) => {
      expect(parseBlurhash(hash)).toBe(hash);
    },
  );

  test.each([
    '',
    '   ',
    '<!DOCTYPE html><html><body>404 Not Found</body></html>',
    '<html>\r\n<head><title>404 Not Found</title></head>\r\n</html>',
    '{"error":"Movie not found"}',
    '{}',
    'null',
    'Not Found',
    'Unauthorized',
    'Forbidden',
    'Error',
    'undefined',
    'Internal server error',
    preview.slice(0, -1),
    `${preview} ${preview}`,
    `data:image/png;base64,${preview}`,
    'LEHV6nWB2yk8pyo0adR*.7kCMdn',
    `${'A'.repeat(64 * 1024)}AAAA`,
  ])('is not a preview: %j', (text) => {
    expect(parseBlurhash(text)).toBeUndefined();
  });

  test('property: base64 of any image-sized content passes unchanged, JSON and HTML never do', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 2_000 }), fc.jsonValue(), (bytes, json) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(parseBlurhash(text)).toBe(text);
        expect(parseBlurhash(JSON.stringify({ error: json }))).toBeUndefined();
        expect(parseBlurhash(`<p>${text}</p>`)).toBeUndefined();
      }),
    );
  });
});
