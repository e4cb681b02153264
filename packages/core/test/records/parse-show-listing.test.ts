import fc from 'fast-check';
import { canonicalHash, parseShowListing, seasonsOfFolders, type SeasonListing } from '@reelsync/core';
import { readListing } from '../support/listings';
import { episodeIn, listingOf } from '../support/shows';

const COMPLICATED = "It's Complicated & Co. (2019)";

describe('parseShowListing on recorded listings (contract §3.6)', () => {
  test.each(['tv.json', 'server2.tv.json'])('every show of %s is read without a problem', (fixture) => {
    for (const raw of Object.values(readListing(fixture)))
      expect(parseShowListing(raw)).toMatchObject({ ok: true, problems: [], record: { unreadSeasons: [] } });
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
  const episode2 = { videoURL: '/tv/a/e2.mp4', episodeNumber: 2 };

  const readShow = (seasons: object) => {
    const parsed = parseShowListing({ seasons });
    if (!parsed.ok) throw new Error(parsed.problem);
    return { ...parsed.record, problems: parsed.problems };
  };

  test('a broken season hides nothing else, and counts as unread, not as gone (scenario 13)', () => {
    const { seasons, unreadSeasons, problems } = readShow({
      'Season 1': { episodes: { S01E01: episode } },
      S02: 'broken',
      Odd3: { seasonNumber: 3, episodes: 7 },
    });
    expect([seasons.map(({ number }) => number), unreadSeasons]).toEqual([[1], [3, 2]]);
    expect(problems).toEqual([
      expect.stringContaining("season 'Odd3'"),
      expect.stringContaining("season 'S02'"),
    ]);
  });

  test.each<[string, string, unknown, string[]]>([
    ['that is broken', 'Book 2', 'broken', ['Book 2']],
    ['whose number is broken', 'Staffel 2', { seasonNumber: '2', episodes: {} }, ['Staffel 2']],
    ['without a number', 'Book 2', { episodes: {} }, ['Book 2']],
    ['that never had one', 'Extras', 'broken', []],
    ['that never had one and is sound', 'Extras', { seasonNumber: 0, episodes: {} }, []],
  ])('B-21: an unusual folder %s may have held a season', (_what, folder, raw, expected) => {
    const { unreadSeasons, unnumberedFolders, problems } = readShow({ [folder]: raw });
    expect([unreadSeasons, unnumberedFolders]).toEqual([[], expected]);
    expect(problems).toHaveLength(1);
  });

  test('only the folders of a show hold its seasons, not the show’s own folder of the same name', () => {
    const seasonIn = (path: string) => ({ header: { images: { poster: { path } }, episodes: [1] } });
    const known = new Map([
      [1, seasonIn('/media/tv/Book%202/Season%201/poster.jpg?hash=1')],
      [2, seasonIn('/media/tv/Book%202/Book%202/poster.jpg?hash=1')],
    ]);
    expect(seasonsOfFolders('Book 2', ['Book 2'], known)).toEqual([2]);
    expect(seasonsOfFolders('Other', ['Book 2'], known)).toEqual([]);
  });

  test('a broken episode, one without a number and a folder without a number are reported, the rest is read', () => {
    const { seasons, problems } = readShow({
      'Season 1': {
        episodes: { S01E01: episode, S01E02: { videoURL: 7 }, Pilot: { filename: 'Pilot.mp4' } },
      },
      Extras: { seasonNumber: 0, episodes: { S00E01: episode } },
    });
    expect(seasons.map(({ header }) => header.episodes)).toEqual([[1]]);
    expect(problems).toHaveLength(3);
  });

  test('a number of the wrong kind costs nothing whose own name says which it is', () => {
    const { seasons, unreadSeasons, unnumberedFolders, problems } = readShow({
      'Season 1': {
        seasonNumber: '1',
        episodes: { S01E07: { videoURL: '/tv/a/e.mp4', episodeNumber: '7' } },
      },
    });
    expect(seasons).toMatchObject([{ number: 1, unread: [], header: { episodes: [7] } }]);
    expect([unreadSeasons, unnumberedFolders]).toEqual([[], []]);
    expect(problems).toEqual([
      expect.stringContaining('seasonNumber'),
      expect.stringContaining('episodeNumber'),
    ]);
  });

  test.each<[string, object, SeasonListing['unread']]>([
    ['by its key', { S01E02: { videoURL: 7 } }, [2]],
    ['by its own number', { second: { videoURL: 7, episodeNumber: 2 } }, [2]],
    ['by its file', { second: { videoURL: 7, filename: 'Show S01E02.mp4' } }, [2]],
    ['by nothing', { second: 7 }, 'any'],
  ])('a broken episode is known as unread %s', (_name, broken, unread) => {
    const { seasons } = readShow({ 'Season 1': { episodes: { S01E01: episode, ...broken } } });
    expect(seasons).toMatchObject([{ unread, header: { episodes: [1] } }]);
  });

  test('a broken folder beside a good one of the same season: any episode may be in it', () => {
    const { seasons, unreadSeasons } = readShow({ 'Season 1': { episodes: { S01E01: episode } }, S01: 7 });
    expect([seasons[0]?.unread, unreadSeasons]).toEqual(['any', []]);
  });

  test('a bad detail costs only that detail, and is reported', () => {
    const { seasons, problems } = readShow({
      'Season 1': {
        lengths: { S01E01: 'long', S01E02: 60 },
        dimensions: 7,
        episodes: {
          S01E01: { ...episode, hdr: 7, subtitles: { English: { url: '/en.srt', autoGenerated: 'yes' } } },
          S01E02: episode2,
        },
      },
    });
    expect(seasons[0]).toMatchObject({
      unread: [],
      episodes: {
        episodes: [
          { video: { path: episode.videoURL }, captions: [{ label: 'English', autoGenerated: false }] },
          { video: { path: episode2.videoURL, duration: 60 } },
        ],
      },
    });
    expect(seasons[0]?.episodes.episodes[0]?.video).not.toHaveProperty('duration');
    expect(problems).toEqual([
      expect.stringMatching(/^season 'Season 1': left out: lengths\.S01E01: .*; dimensions: /),
      expect.stringMatching(/^episode 'S01E01' of .*hdr: .*; subtitles\.English\.autoGenerated: /),
    ]);
  });

  test('keys called `__proto__` are reported like all that have no number', () => {
    const seasons = JSON.parse(
      `{"__proto__":{"episodes":{}},"Season 1":{"episodes":{"__proto__":{"videoURL":"/tv/a/e.mp4"}}}}`,
    ) as Record<string, object>;
    expect(readShow(seasons).problems).toEqual([
      "episode '__proto__' of season 'Season 1' has no number: it was left out",
      "season '__proto__' has no number: it was left out",
    ]);
  });

  test('two files of one episode: the one in the usual folder stays, the other is reported', () => {
    const { seasons, problems } = readShow({
      Specials: { episodes: { S00E01: { ...episode, videoURL: '/tv/a/other.mp4' } } },
      'Season 0': { episodes: { S00E01: episode } },
    });
    expect(seasons[0]?.episodes.episodes).toMatchObject([{ video: { path: '/tv/a/e.mp4' } }]);
    expect(problems).toEqual(["episode 1 is held twice; 'S00E01' of season 'Specials' was left out"]);
  });

  test('two files of one episode in one folder: the same one, whatever the order of keys (contract §3.1)', () => {
    const files = Object.entries({
      'Show S01E01.mp4': { ...episode, videoURL: '/tv/a/Show%20S01E01.mp4' },
      'Show S01E01 1080p.mp4': { ...episode, videoURL: '/tv/a/Show%20S01E01%201080p.mp4' },
    });
    for (const order of [files, files.toReversed()]) {
      const { seasons, problems } = readShow({ 'Season 1': { episodes: Object.fromEntries(order) } });
      expect(seasons[0]?.episodes.episodes).toMatchObject([
        { video: { path: '/tv/a/Show%20S01E01%201080p.mp4' } },
      ]);
      expect(problems).toEqual([
        "episode 1 is held twice; 'Show S01E01.mp4' of season 'Season 1' was left out",
      ]);
    }
  });
});

describe('the order of keys on the wire means nothing (contract §3.1)', () => {
  const EPISODE_KEYS = ['S01E01', 'S01E02', 'Show S01E01.mp4', '1x01', '01 - Pilot.mp4', 'Bonus', '2', '10'];
  const FOLDERS = ['Season 1', 'Season 01', 'S01', '1', 'Season 0', 'Specials', 'Book 2', 'Extras', '2'];

  const subtitle = fc.record({ url: fc.constantFrom('/a.srt', '/b.srt') });
  const episode = fc.record(
    {
      videoURL: fc.constantFrom('/tv/a/1.mp4', '/tv/a/2.mp4', '/tv/b/1.mp4'),
      episodeNumber: fc.constantFrom(1, 2, null),
      thumbnail: fc.constantFrom('/tv/a/1.jpg', ''),
      subtitles: fc.dictionary(fc.constantFrom('English', 'French', '1'), subtitle),
    },
    { requiredKeys: ['videoURL'] },
  );
  const keyed = <T>(keys: readonly string[], value: fc.Arbitrary<T>) =>
    fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true });
  const broken = fc.constantFrom<unknown>(7, 'broken', { videoURL: 7 }, { episodes: 7 });
  const season = fc.record(
    {
      episodes: keyed(EPISODE_KEYS, fc.oneof({ arbitrary: episode, weight: 5 }, broken)),
      lengths: keyed(EPISODE_KEYS, fc.constantFrom(60, 61)),
      seasonNumber: fc.constantFrom(0, 1, 2, null),
      season_poster: fc.constantFrom('/tv/a/poster.jpg', '/tv/b/poster.jpg', ''),
    },
    { requiredKeys: [] },
  );
  const show = fc.record({ seasons: keyed(FOLDERS, fc.oneof({ arbitrary: season, weight: 5 }, broken)) });

  test('the same members in any order are the same show, with the same problems', () => {
    fc.assert(
      fc.property(show, fc.string(), (listed, salt) => {
        const parsed = parseShowListing(listed);
        expect(parsed).toMatchObject({ ok: true });
        expect(parseShowListing(inOrderOf(salt, listed))).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  /** With the members of all objects in another order, that of some text; keys that are integers always come first. */
  function inOrderOf(salt: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const ranked = Object.entries(value).map(
      ([key, member]) => [canonicalHash([salt, key]), key, inOrderOf(salt, member)] as const,
    );
    const sorted = ranked.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([, key, member]) => [key, member]));
  }
});
