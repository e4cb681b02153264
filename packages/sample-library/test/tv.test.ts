import {
  buildLibraries,
  compareCatalogue,
  compareTv,
  episodeKeyOf,
  expectedTv,
  locateEpisode,
  seasonKeyOf,
} from '@reelsync/sample-library';
import type {
  ExpectedTv,
  Library,
  OracleServer,
  SampleLibraries,
  SampleServer,
} from '@reelsync/sample-library';
import { fixture } from './support/fixtures';
import { get, hashMapOf, parsed, showsOf, startServer, stopServers } from './support/running-servers';
import { shapeOf } from './support/shape';

afterEach(stopServers);

const SHOW = 'Breaking Point';
const COMPLICATED = "It's Complicated & Co. (2019)";

const membersOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
const libraries = () => buildLibraries({ titles: 0, shows: 20 });
const start = () => startServer({ library: libraries().alpha });

describe('TV listing (contract §3.6)', () => {
  test('no shows unless asked for', async () => {
    const server = await startServer({ library: buildLibraries({ titles: 0 }).alpha });
    expect(await showsOf(server)).toEqual({});
  });

  test('a bare show is recorded with empty strings, not with gaps', async () => {
    const recorded = fixture('tv')['Nothing Downloaded'];
    expect(shapeOf((await showsOf(await start()))['Nothing Downloaded'])).toEqual(shapeOf(recorded));
  });

  test('a show has the recorded members at every level', async () => {
    const shows = await showsOf(await start());
    const names = (value: unknown): string[] => Object.keys(membersOf(value)).sort();
    const { [SHOW]: recorded } = fixture('tv');
    expect(names(shows[SHOW])).toEqual(names(recorded));
    const seasons = Object.values(shows).flatMap((show) => Object.values(show.seasons));
    const season = seasons.find((one) => one.seasonPosterBlurhash !== undefined);
    expect(names(season)).toEqual(
      ['episodes', 'lengths', 'dimensions', 'seasonNumber', 'season_poster', 'seasonPosterBlurhash'].sort(),
    );
    const episodes = seasons.flatMap((one) => Object.values(one.episodes));
    const complete = episodes.find((one) => one.thumbnail && one.metadata && one.chapters && one.subtitles);
    expect(JSON.stringify(recorded)).toContain('"chapters"');
    expect(names(complete)).toEqual([
      '_id',
      'additionalMetadata',
      'chapters',
      'derivedEpisodeName',
      'dimensions',
      'episodeNumber',
      'filename',
      'hdr',
      'length',
      'mediaLastModified',
      'mediaQuality',
      'metadata',
      'subtitles',
      'thumbnail',
      'thumbnailBlurhash',
      'videoURL',
    ]);
  });

  test('keys, numbers and names follow from folders and files as recorded', async () => {
    const facts = (show: unknown): unknown => {
      const {
        seasons,
      }: { seasons: Record<string, { seasonNumber: number; episodes: Record<string, object> }> } =
        Object(show);
      return Object.entries(seasons).map(([folder, { seasonNumber, episodes }]) => [
        folder,
        seasonNumber,
        Object.entries(episodes).map(([key, episode]) => [
          key,
          Object.entries(episode).filter(([name]) =>
            /^(filename|episodeNumber|derivedEpisodeName)$/.test(name),
          ),
        ]),
      ]);
    };
    expect(facts((await showsOf(await start()))[COMPLICATED])).toEqual(facts(fixture('tv')[COMPLICATED]));
  });
});

describe('TV hashes (contract §5)', () => {
  const documentOf = async (server: SampleServer, path: string) =>
    get(`${server.nodeUrl}/api/metadata-hashes/tv/${path}`);

  test('season segments are folder suffixes: 02 answers, 2 and Specials do not', async () => {
    const server = await start();
    const show = encodeURIComponent(COMPLICATED);
    const recorded = fixture('metadata-hashes.tv.show.odd-seasons');
    const document = parsed((await documentOf(server, show)).text);
    expect(shapeOf(document)).toEqual(shapeOf(recorded));
    expect(Object.keys(membersOf(document['seasons'])).sort()).toEqual(
      Object.keys(membersOf(recorded['seasons'])).sort(),
    );
    const season = await documentOf(server, `${show}/02`);
    expect(shapeOf(parsed(season.text))).toEqual(shapeOf(fixture('metadata-hashes.tv.season.padded-folder')));
    for (const segment of ['2', 'Specials', '9'])
      expect((await documentOf(server, `${show}/${segment}`)).status).toBe(404);
    expect((await documentOf(server, 'Nope')).status).toBe(404);
  });

  test('contract §5.5: a title with a percent sign is answered only when it is encoded twice', async () => {
    const server = await startServer({ library: libraries().beta });
    expect((await documentOf(server, '100%25%20Series')).status).toBe(500);
    for (const path of ['100%2525%2520Series', '100%2525%2520Series/1'])
      expect((await documentOf(server, path)).status).toBe(200);
  });

  test.each<[string, (library: Library) => void, string[]]>([
    [
      'replaceThumbnail',
      (library) => library.replaceThumbnail(SHOW, 'Season 1', 'S01E02'),
      ['contentHash', 'S01E02'],
    ],
    [
      'replaceSeasonPoster: invisible in bulk',
      (library) => library.replaceSeasonPoster(SHOW, 'Season 1'),
      ['season'],
    ],
    ['renameShow', (library) => library.renameShow(SHOW, 'Breaking Point Again'), ['hash']],
    ['addEpisode', (library) => library.addEpisode(SHOW, 'Season 1'), ['contentHash', 'season']],
    [
      'removeEpisode',
      (library) => library.removeEpisode(SHOW, 'Season 1', 'S01E01'),
      ['contentHash', 'season'],
    ],
    [
      'addEpisode in a new season',
      (library) => library.addEpisode(SHOW, 'Season 9'),
      ['hash', 'contentHash'],
    ],
  ])('%s moves what the recorded matrix says', async (_name, change, expected) => {
    const server = await start();
    const view = async (): Promise<Record<string, unknown>> => {
      const row = (await hashMapOf(server, 'tv')).titles[SHOW];
      const season = parsed((await documentOf(server, `${encodeURIComponent(SHOW)}/1`)).text);
      const { S01E02: episode }: Record<string, { hash: string }> = Object(season['episodes']);
      return {
        hash: row?.hash,
        contentHash: row?.contentHash,
        season: season['hash'],
        S01E02: episode?.hash,
      };
    };
    const before = await view();
    change(server.library);
    const after = await view();
    expect(Object.keys(after).filter((key) => after[key] !== before[key])).toEqual(expected);
  });
});

describe('TV oracle', () => {
  function expectation(change: (libraries: SampleLibraries) => void = () => undefined): ExpectedTv {
    const both = libraries();
    change(both);
    const servers: OracleServer[] = [
      { id: 'default', priority: 1, baseUrl: 'http://one', prefix: '', library: both.alpha },
      { id: 'server2', priority: 2, baseUrl: 'http://two', prefix: '/media', library: both.beta },
    ];
    return expectedTv(servers);
  }
  const episode = (expected: ExpectedTv, show: string, season: number, number: number) =>
    expected.episodes.get(episodeKeyOf(show, season, number));

  test('seasons and episodes of both servers are merged by number, whatever the folder is called', () => {
    const expected = expectation();
    expect(expected.shows.get(SHOW)).toMatchObject({
      seasonCount: 3,
      posterSource: 'default',
      backdropSource: 'server2',
    });
    expect(episode(expected, SHOW, 2, 2)).toMatchObject({
      videoSource: 'server2',
      videoURL: expect.stringMatching(/^http:\/\/two\/media\/tv\//),
    });
    expect(episode(expected, COMPLICATED, 2, 1)?.videoSource).toBe('default');
    expect(episode(expected, COMPLICATED, 2, 3)?.videoSource).toBe('server2');
    expect(episode(expected, COMPLICATED, 2, 101)?.videoURL).toContain('/Season%2002/');
    // Season 0 and Specials are one season.
    expect(episode(expected, COMPLICATED, 0, 1)?.videoURL).toContain('/Season%200/');
    expect(episode(expected, COMPLICATED, 0, 4)?.videoURL).toContain('/Specials/Bonus.mp4');
  });

  test('season metadata is the element of the show file, without a file of its own', () => {
    const season = expectation().seasons.get(seasonKeyOf(SHOW, 1));
    expect(season).toMatchObject({
      title: 'Season 1',
      originalTitle: 'Season 1',
      showTitle: SHOW,
      metadataSource: 'default',
    });
    expect(season?.metadata).toMatchObject({ season_number: 1 });
    expect(season?.airDate).toBeInstanceOf(Date);
  });

  test('a rename reaches the show title of every child', () => {
    const expected = expectation(({ alpha }) => alpha.renameShow(SHOW, 'New Name'));
    expect(expected.shows.get(SHOW)).toMatchObject({ title: 'New Name', originalTitle: SHOW });
    expect(expected.seasons.get(seasonKeyOf(SHOW, 3))?.showTitle).toBe('New Name');
    expect(episode(expected, SHOW, 3, 1)).toMatchObject({ showTitle: 'New Name', originalTitle: SHOW });
  });

  test('every predicted preview is what its server serves', async () => {
    const both = libraries();
    const [alpha, beta] = [
      await startServer({ library: both.alpha }),
      await startServer({ library: both.beta }),
    ];
    const servers = [
      { id: 'a', priority: 1, baseUrl: alpha.baseUrl, prefix: '', library: both.alpha },
      { id: 'b', priority: 2, baseUrl: beta.baseUrl, prefix: '/media', library: both.beta },
    ];
    const { shows, seasons, episodes } = expectedTv(servers);
    const previews: [string | undefined, string | undefined][] = [
      ...[...shows.values(), ...seasons.values()].map((one): [string | undefined, string | undefined] => [
        one.posterURL,
        one.posterBlurhash,
      ]),
      ...[...episodes.values()].map((one): [string | undefined, string | undefined] => [
        one.thumbnail,
        one.thumbnailBlurhash,
      ]),
    ];
    const wrong: string[] = [];
    let compared = 0;
    for (const [url, preview] of previews) {
      if (url === undefined || preview === undefined) continue;
      compared += 1;
      if ((await get(url.replace(/\?hash=.*$/, '.blurhash'))).text !== preview) wrong.push(url);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(80);
  });

  test('children are compared under a key that the caller finds', async () => {
    const { episodes, shows } = expectation();
    const byVideo = new Map([...episodes.values()].map((one) => [one.videoURL ?? '', one]));
    const keyOf = (document: Readonly<Record<string, unknown>>) => String(document['videoURL']);
    const documents = [...byVideo.values()].map((one, index) =>
      index === 3 ? { ...one, size: 1 } : { ...one, runtime: 45, syncHash: 'x' },
    );
    const comparison = await compareCatalogue(byVideo, documents, {
      kind: 'episodes',
      keyOf,
      ignoreFields: ['runtime'],
    });
    expect(comparison.differences.map(({ field }) => field)).toEqual(['size']);
    expect((await compareCatalogue(shows, shows.values(), { kind: 'shows' })).equal).toBe(true);
  });

  /** As a catalogue holds them: with ids, and relations that lead to them. */
  function stored({ shows, seasons, episodes }: ExpectedTv) {
    const showIds = new Map([...shows.keys()].map((title, index) => [title, `id ${index}`]));
    const showId = (key: string) => showIds.get(key.split(' / ')[0] ?? '');
    const seasonIds = new Map([...seasons.keys()].map((key, index) => [key, `season id ${index}`]));
    return {
      shows: [...shows].map(([title, show]) => ({ ...show, _id: showIds.get(title) })),
      seasons: [...seasons].map(([key, season]) => ({
        ...season,
        _id: seasonIds.get(key),
        showId: showId(key),
      })),
      episodes: [...episodes].map(([key, episode]) => ({
        ...episode,
        showId: showId(key),
        seasonId: seasonIds.get(key.split(' / episode ')[0] ?? ''),
      })),
    };
  }

  test('documents of a catalogue belong to the show and the season of their ids, whatever those are called', async () => {
    const expected = expectation();
    const { shows, seasons, episodes } = stored(expected);
    const equal = await compareTv(expected, { shows, seasons, episodes });
    expect(equal).toMatchObject({
      shows: { equal: true },
      seasons: { equal: true },
      episodes: { equal: true },
    });

    const [strayed, ...others] = episodes;
    const stray = { ...strayed, showId: 'of no show' };
    const differs = await compareTv(expected, {
      shows,
      seasons: seasons.slice(1),
      episodes: [stray, ...others],
    });
    expect(differs.seasons.counts).toEqual({ missing: 1, unexpected: 0, differences: 0, differing: 0 });
    expect(differs.episodes.counts).toMatchObject({ missing: 1, unexpected: 1 });
    const ofMissing = others.filter(({ seasonId }) => seasonId === seasons[0]?._id);
    expect(differs.episodes.differences.map(({ field }) => field)).toEqual(ofMissing.map(() => 'seasonId'));
  });

  test.each([
    ['shows', 'totalEpisodeCount'],
    ['seasons', 'titleSource'],
    ['episodes', 'titleSource'],
    ['episodes', 'seasonId'],
    ...['airDate', 'runtime', 'rating', 'overview', 'stillPath', 'crew', 'guestStars'].map(
      (field) => ['episodes', field] as const,
    ),
  ] as const)('B-15: %s that all lack %s differ', async (kind, field) => {
    const expected = expectation();
    const complete = stored(expected);
    const spoilt = complete[kind].map((document) => ({ ...document, [field]: undefined }));
    const had = complete[kind].filter(
      (document) => new Map<string, unknown>(Object.entries(document)).get(field) !== undefined,
    );
    expect(had.length).toBeGreaterThan(0);
    const { counts, differences } = (await compareTv(expected, { ...complete, [kind]: spoilt }))[kind];
    expect(counts).toMatchObject({ missing: 0, unexpected: 0, differences: had.length });
    expect(new Set(differences.map((difference) => difference.field))).toEqual(new Set([field]));
  });

  test('an episode is found by its numbers, under the names that mutations take', () => {
    const folder = libraries().alpha.shows.get(COMPLICATED);
    if (folder === undefined) throw new Error('no such show');
    expect(locateEpisode(folder, 0, 4)).toEqual({ season: 'Specials', episode: 'S00E04' });
    expect(locateEpisode(folder, 2, 101)).toEqual({ season: 'Season 02', episode: 'S02E101' });
    expect(locateEpisode(folder, 2, 77)).toBeUndefined();
  });
});
