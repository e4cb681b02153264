import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFieldAvailability, ownPaths, sketchMovie, sketchShow, SOME_VALUE } from '@reelsync/core';

const listings = (movies: object, tv: object = {}) => ({ movies: { ...movies }, tv: { ...tv } });

function recorded(name: string): Record<string, unknown> {
  const listing: Record<string, unknown> = JSON.parse(
    readFileSync(join(__dirname, '../fixtures', name), 'utf8'),
  );
  return listing;
}

describe('buildFieldAvailability (sync-semantics §2.2, contract §9.2)', () => {
  test('paths of nested values, with the servers in the order of their listings', () => {
    const entry = { urls: { poster: '/p', subtitles: { English: { url: '/s' } } }, fileNames: ['a.mp4'] };
    const { movies } = buildFieldAvailability(
      new Map([
        ['one', listings({ Up: entry })],
        ['two', listings({ Up: { urls: { poster: '/q' } } })],
      ]),
      { countEmpty: true },
    );
    expect(movies).toEqual({
      Up: { 'urls.poster': ['one', 'two'], 'urls.subtitles.English.url': ['one'] },
    });
  });

  test('streams are told apart by codec, other elements by name, id or index; lists of texts leave no trace', () => {
    const entry = {
      additional_metadata: { audio: [{ codec: 'aac', channels: 2 }, { channels: 6 }] },
      cast: [{ name: 'Ed', age: 80 }, { id: 7, age: 9 }, { age: 1 }],
      tags: ['a', 'b'],
    };
    const { movies } = buildFieldAvailability(new Map([['one', listings({ Up: entry })]]), {
      countEmpty: true,
    });
    expect(Object.keys(movies['Up'] ?? {}).sort()).toEqual([
      'additional_metadata.audio.1.channels',
      'additional_metadata.audio.aac.channels',
      'additional_metadata.audio.aac.codec',
      'cast.2.age',
      'cast.7.age',
      'cast.7.id',
      'cast.Ed.age',
      'cast.Ed.name',
    ]);
  });

  test('null and empty text are no values, except null in a focal hint (AV-3, ST-M8)', () => {
    const entry = { hdr: null, urls: { logo: '' }, size: 0, backdropFocal: null };
    const { movies } = buildFieldAvailability(new Map([['one', listings({ Up: entry })]]));
    expect(movies['Up']).toEqual({ '': ['one'], size: ['one'], backdropFocal: ['one'] });
  });

  test('a title without any value is listed all the same; the version number is no title', () => {
    const { movies } = buildFieldAvailability(new Map([['one', listings({ version: 1.0001, Up: {} })]]));
    expect(movies).toEqual({ Up: { '': ['one'] } });
  });

  test('titles may be called anything', () => {
    const raw = Object.fromEntries([['__proto__', { hdr: 'HDR10' }]]);
    const { movies } = buildFieldAvailability(new Map([['one', { movies: raw, tv: {} }]]));
    expect(ownPaths(movies, '__proto__')).toEqual({ '': ['one'], hdr: ['one'] });
    expect(ownPaths(movies, 'constructor')).toEqual({});
  });

  test('the two recorded servers, as the earlier consumer sees them', () => {
    const recordedPaths: { asExistingConsumer: { movies: Record<string, Record<string, string[]>> } } =
      JSON.parse(readFileSync(join(__dirname, '../fixtures/field-availability.two-servers.json'), 'utf8'));
    const availability = buildFieldAvailability(
      new Map([
        ['default', { movies: recorded('movies.json'), tv: {} }],
        ['server2', { movies: recorded('server2.movies.json'), tv: {} }],
      ]),
      { countEmpty: true },
    );
    const expected = recordedPaths.asExistingConsumer.movies;
    for (const [title, paths] of Object.entries(expected)) expect(availability.movies[title]).toEqual(paths);
    expect(Object.keys(expected).length).toBeGreaterThan(2);
  });
});

describe('sketches: what another server provides of a title, from the map alone', () => {
  const movie = {
    _id: 'x',
    urls: {
      mp4: '/v.mp4',
      poster: '/p.jpg?hash=1',
      posterBlurhash: '/p.blurhash',
      backdrop: '',
      subtitles: { 'English v1.5': { url: '/s', srcLang: 'en' } },
    },
    backdropFocal: null,
  };
  const show = {
    metadata: '/m.json',
    poster: '',
    seasons: {
      'Season 02': {
        seasonNumber: 2,
        season_poster: '/sp.jpg',
        lengths: { S02E01: 5 },
        episodes: {
          S02E01: {
            filename: 'a.mp4',
            videoURL: '/a.mp4',
            derivedEpisodeName: 'A name',
            subtitles: { Dutch: { url: '/d' } },
          },
          S02E101: { filename: 'b.mp4' },
        },
      },
      Specials: { seasonNumber: 0, episodes: {} },
    },
  };
  const availability = buildFieldAvailability(new Map([['one', listings({ Up: movie }, { Fargo: show })]]));

  test('of a movie', () => {
    const sketch = sketchMovie(ownPaths(availability.movies, 'Up'), 'one');
    expect(sketch).toMatchObject({
      video: { path: SOME_VALUE },
      images: { poster: { path: SOME_VALUE, blurhash: SOME_VALUE } },
      captions: [{ label: 'English v1.5' }],
      backdropFocal: null,
    });
    expect(sketch?.images.backdrop).toBeUndefined();
    expect(sketch).not.toHaveProperty('backdropFocalSuggested');
  });

  test('of a show: seasons and episodes by number, whatever their folders are called (B-21)', () => {
    expect(sketchShow(ownPaths(availability.tv, 'Fargo'), 'one')).toMatchObject({
      show: { metadata: SOME_VALUE, images: {} },
      seasons: [
        { number: 0, episodes: { episodes: [] } },
        {
          number: 2,
          header: { images: { poster: { path: SOME_VALUE } }, episodes: [1, 101] },
          episodes: {
            episodes: [
              { number: 1, name: SOME_VALUE, video: { path: SOME_VALUE }, captions: [{ label: 'Dutch' }] },
              { number: 101, captions: [] },
            ],
          },
        },
      ],
    });
  });

  test('none of a title that the server does not list', () => {
    expect(sketchMovie(ownPaths(availability.movies, 'Up'), 'two')).toBeUndefined();
    expect(sketchShow({}, 'one')).toBeUndefined();
  });
});
