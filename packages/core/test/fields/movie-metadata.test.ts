import { parseMetadata, readMovieMetadata } from '@reelsync/core';
import { readFixture } from '../support/listings';

describe('parseMetadata (ST-3, B-19)', () => {
  test.each([
    ['an error document', { error: 'Movie not found' }],
    ['an error document with more', { error: 'x', message: 'y', title: 'z' }],
    ['an array', [{ title: 'x' }]],
    ['an empty array', []],
    ['an empty object', {}],
    ['null', null],
    ['undefined', undefined],
    ['text', '<html>404</html>'],
    ['a number', 404],
  ])('%s is refused with a reason', (_name, content) => {
    const result = parseMetadata(content);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.problem).not.toBe('');
    expect(() => readMovieMetadata(content)).toThrow(TypeError);
  });

  test('arbitrary further keys are kept as they are (contract §4)', () => {
    const content = { title: 'x', custom: { deep: [1, null, { 'a.b': '$c' }] }, adult: false, rating: '' };
    expect(parseMetadata(content)).toEqual({ ok: true, metadata: content });
  });
});

describe('readMovieMetadata (ST-M6)', () => {
  test('the recorded file: release date as Date, everything else verbatim, display title beside it', () => {
    const content = JSON.parse(readFixture('static.movie.metadata-file.json')) as Record<string, unknown>;
    expect(readMovieMetadata(content)).toEqual({
      metadata: { ...content, release_date: new Date('2003-05-15T00:00:00.000Z') },
      title: 'The Matrix Reloaded',
    });
  });

  test.each([
    ['138', 138],
    [' 138 ', 138],
    [138, 138],
    ['', ''],
    ['2h 18min', '2h 18min'],
    [null, null],
  ])('runtime %j becomes %j', (runtime, expected) => {
    expect(readMovieMetadata({ id: 1, runtime }).metadata).toEqual({ id: 1, runtime: expected });
  });

  test.each(['', 'soon', null, 0])('release_date %j is no date and stays', (value) => {
    expect(readMovieMetadata({ release_date: value }).metadata).toEqual({ release_date: value });
  });

  test.each([undefined, null, '', '  ', 1917])('title %j is no display title', (title) => {
    expect(readMovieMetadata({ id: 1, title })).not.toHaveProperty('title');
  });
});
