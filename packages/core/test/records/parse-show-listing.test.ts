import { parseShowListing } from '@reelsync/core';
import { readListing } from '../support/listings';
import { episodeIn, listingOf, parsedShow } from '../support/shows';

const COMPLICATED = "It's Complicated & Co. (2019)";

describe('parseShowListing on recorded listings (contract §3.6)', () => {
  test.each(['tv.json', 'server2.tv.json'])('every show of %s is read without a problem', (fixture) => {
    for (const raw of Object.values(readListing(fixture)))
      expect(parseShowListing(raw)).toMatchObject({ ok: true, record: { problems: [], unreadSeasons: [] } });
  });

  test('a show: empty strings are "not provided", its seasons and episodes appear as numbers', () => {
    expect(listingOf('tv.json', 'Nothing Downloaded').show).toEqual({
      images: {},
      metadata: expect.stringContaining('/tv/Nothing%20Downloaded/metadata.json?hash='),
      backdropFocal: null,
      backdropFocalSuggested: null,
      seasons: [],
    });
    expect(listingOf('tv.json', 'Breaking Point').show.seasons).toEqual([
      { number: 1, episodes: [1, 2] },
      { number: 2, episodes: [1, 2] },
    ]);
  });

  test('`Season 0` and `Specials` are one season, `Season 02` is season 2, S02E101 is episode 101 (B-21)', () => {
    const { seasons } = listingOf('tv.json', COMPLICATED);
    expect(seasons.map(({ number, header }) => [number, header.episodes])).toEqual([
      [0, [1, 4]],
      [1, [1, 2]],
      [2, [1, 101]],
    ]);
  });

  test('an episode: length and dimensions of the season-level maps, size in kilobytes, hdr null is none', () => {
    const episode = episodeIn(listingOf('tv.json', 'Breaking Point'), 1, 1);
    expect(episode).toMatchObject({
      number: 1,
      name: 'Pilot',
      video: { duration: 4000, dimensions: '1920x1080', lastModified: '2025-01-01T03:51:17.125Z' },
      captions: [{ label: 'English' }, { label: 'Spanish' }],
    });
    expect(episode.video).not.toHaveProperty('hdr');
    expect(episode.video?.sizeKb).toBeGreaterThan(0);
  });
});

describe('parts that cannot be read', () => {
  const episode = { videoURL: '/tv/a/e.mp4', episodeNumber: 1 };

  test('a broken season hides nothing else, and counts as unread, not as gone (scenario 13)', () => {
    const { seasons, unreadSeasons, problems } = parsedShow({
      seasons: { 'Season 1': { episodes: { S01E01: episode } }, S02: 'broken' },
    });
    expect([seasons.map(({ number }) => number), unreadSeasons]).toEqual([[1], [2]]);
    expect(problems).toEqual([expect.stringContaining("season 'S02'")]);
  });

  test('a broken episode, one without a number and a folder without a number are reported, the rest is read', () => {
    const { seasons, problems } = parsedShow({
      seasons: {
        'Season 1': {
          episodes: { S01E01: episode, S01E02: { videoURL: 7 }, Pilot: { filename: 'Pilot.mp4' } },
        },
        Extras: { seasonNumber: 0, episodes: { S00E01: episode } },
      },
    });
    expect(seasons.map(({ header }) => header.episodes)).toEqual([[1]]);
    expect(problems).toHaveLength(3);
  });

  test('two files of one episode: the one in the usual folder stays, the other is reported', () => {
    const { seasons, problems } = parsedShow({
      seasons: {
        Specials: { episodes: { S00E01: { ...episode, videoURL: '/tv/a/other.mp4' } } },
        'Season 0': { episodes: { S00E01: episode } },
      },
    });
    expect(seasons[0]?.episodes.episodes).toMatchObject([{ video: { path: '/tv/a/e.mp4' } }]);
    expect(problems).toEqual([expect.stringContaining("the one in 'Specials' was left out")]);
  });
});
