import {
  episodeFields,
  inlineEpisode,
  inlineSeason,
  readEpisodeMetadata,
  readShowMetadata,
  seasonFields,
  showFields,
  type FieldTable,
} from '@reelsync/core';
import { aServer } from '../support/listings';
import { episodeMetadata, showMetadata } from '../support/shows';

/** Fields that the catalogue has (sync-semantics §1.4 … §1.6) and that come from file servers. */
const FIELDS: readonly [string, FieldTable<never>, string[]][] = [
  [
    'show',
    showFields,
    [
      ...['metadata', 'title', 'posterURL', 'backdrop', 'logo', 'posterBlurhash', 'backdropBlurhash'],
      ...['backdropFocal', 'backdropFocalSuggested', 'firstAirDate', 'lastAirDate', 'status', 'overview'],
      ...['genres', 'networks', 'numberOfSeasons', 'rating', 'seasonCount', 'totalEpisodeCount'],
      ...['syncHash', 'contentHash'],
    ],
  ],
  [
    'season',
    seasonFields,
    [
      ...['metadata', 'title', 'posterURL', 'posterBlurhash', 'airDate', 'overview', 'posterPath', 'rating'],
      'episodeCount',
    ],
  ],
  [
    'episode',
    episodeFields,
    [
      ...['metadata', 'title', 'videoURL', 'normalizedVideoId', 'duration', 'dimensions', 'size', 'hdr'],
      ...['mediaQuality', 'mediaLastModified', 'thumbnail', 'thumbnailBlurhash', 'captionURLs', 'chapterURL'],
      ...['airDate', 'runtime', 'rating', 'overview', 'stillPath', 'crew', 'guestStars'],
    ],
  ],
];

describe.each(FIELDS)(
  'fields of a %s: a row for every field, and one row only (AV-2)',
  (_kind, table, fields) => {
    test('all fields of the catalogue that come from servers, each in one group', () => {
      expect(table.flatMap((group) => group.fields).sort()).toEqual([...fields].sort());
    });

    test('provenance describes fields of its own group; group names are different', () => {
      for (const group of table)
        for (const field of Object.values(group.sources)) expect(group.fields).toContain(field);
      expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    });
  },
);

describe('metadata of shows and episodes', () => {
  test('the recorded show: verbatim, its dates stay text; copies for queries (B-15)', () => {
    expect(readShowMetadata(showMetadata)).toEqual({
      metadata: showMetadata,
      title: 'Breaking Point',
      firstAirDate: new Date('2010-01-20'),
      lastAirDate: new Date('2011-02-01'),
      status: 'Ended',
      overview: 'Overview of Breaking Point',
      genres: showMetadata['genres'],
      networks: showMetadata['networks'],
      numberOfSeasons: 2,
      rating: 8.4,
    });
  });

  test('the recorded episode', () => {
    expect(readEpisodeMetadata(episodeMetadata)).toEqual({
      metadata: episodeMetadata,
      title: 'Pilot',
      airDate: new Date('2010-01-20'),
      runtime: 45,
      rating: 8,
      overview: 'Overview Pilot',
      stillPath: '/st11.jpg',
      crew: [],
      guestStars: [],
    });
  });

  test('members of another type than readers expect are not copied', () => {
    const odd = { name: ' ', air_date: 'soon', runtime: '45', vote_average: '8.1', crew: {}, overview: null };
    expect(readEpisodeMetadata(odd)).toEqual({ metadata: odd, runtime: 45 });
  });

  test.each([
    ['2010-01-20', '2010-01-20T00:00:00.000Z'],
    ['2010-02', '2010-02-01T00:00:00.000Z'],
    ['2010', '2010-01-01T00:00:00.000Z'],
    ['2010-01-20T03:51:17.125Z', '2010-01-20T03:51:17.125Z'],
    ['2010-01-20T03:51:17+02:00', '2010-01-20T01:51:17.000Z'],
    ['2010-01-20T03:51:17', '2010-01-20T03:51:17.000Z'],
  ])('the date %s is %s', (text, expected) => {
    expect(readEpisodeMetadata({ air_date: text })).toMatchObject({ airDate: new Date(expected) });
  });

  test.each([
    'TBA 5',
    '5',
    '2001-02-31',
    '2001-13',
    '2001-5-1',
    'May 2001',
    '01/05/2001',
    '2001-05-01 TBA',
    '',
  ])('%j is no date', (text) => {
    expect(readEpisodeMetadata({ air_date: text })).not.toHaveProperty('airDate');
  });

  test('numbers of seasons and episodes that an operator wrote as text count like numbers', () => {
    const episodes = [{ episode_number: 'x' }, { episode_number: ' 03 ', name: 'Three' }];
    const show = { metadata: { seasons: [{ season_number: '2', name: 'Two', episodes }] } };
    expect(inlineSeason(show, 2)).toEqual({ metadata: { season_number: '2', name: 'Two' } });
    expect(inlineEpisode(show, 2, 3)).toMatchObject({ metadata: { name: 'Three' } });
  });

  test.each([
    [8, 8],
    ['8', 8],
    [' 08 ', 8],
    ['many', 2],
    ['', 2],
    [null, 2],
    [undefined, 2],
  ])('B-39: %j episodes by the metadata of a season that servers list 2 of are %i', (said, expected) => {
    const [count] = seasonFields.filter(({ name }) => name === 'episodeCount');
    if (count?.kind !== 'united') throw new Error('no such group');
    const provider = { server: aServer(), record: { images: {}, episodes: [1, 2] } };
    expect(count.read([provider], { episode_count: said })).toEqual({ episodeCount: expected });
  });

  test('what a show says about its seasons and episodes is found by number', () => {
    const show = {
      metadata: {
        seasons: [
          null,
          { season_number: 2, name: 'Two', episodes: [{ episode_number: 3, name: 'Three' }] },
          { season_number: 2, name: 'Twice' },
        ],
      },
      metadataSource: 'default',
    };
    expect(inlineSeason(show, 2)).toEqual({
      metadata: { season_number: 2, name: 'Two' },
      serverId: 'default',
    });
    expect(inlineEpisode(show, 2, 3)).toMatchObject({ metadata: { name: 'Three' }, serverId: 'default' });
    expect([inlineSeason(show, 1), inlineEpisode(show, 2, 4), inlineSeason({}, 2)]).toEqual(
      Array(3).fill(undefined),
    );
  });
});
