import { normalizedVideoId, type UnitWarning } from '@reelsync/core';
import { PREVIEW, readFixture, RecordedServer } from './support/recorded-servers';
import { episodeOf, seasonOfShow, showOf, tvCatalogue, unitOutcomes } from './support/tv-world';
import { World } from './support/world';

const POINT = 'Breaking Point';
const COMPLICATED = "It's Complicated & Co. (2019)";
const NOTHING = 'Nothing Downloaded';

type Json = Readonly<Record<string, unknown>>;
const json = (fixture: string) => JSON.parse(readFixture(fixture)) as Json;
const hashesIn = (fixture: string) =>
  json(fixture)['titles'] as Record<string, { hash: string; contentHash: string }>;

const showMetadata = json('static.tv.metadata-file.json');
const pilot = json('static.tv.episode.metadata-file.json');
const hashes = hashesIn('metadata-hashes.tv.json');

/** Of another server or episode than the one that is expected, so that a mix-up shows. */
const wrong = { name: 'Wrong', overview: 'of another server' };
const named = (name: string) => ({ name, runtime: 45, air_date: '2011-01-20' });

describe('two recorded servers with shows, end to end', () => {
  let first: RecordedServer;
  let second: RecordedServer;
  let world: World;

  beforeEach(async () => {
    first = await RecordedServer.start(
      { kind: 'tv', listing: 'tv.json', hashes: 'metadata-hashes.tv.json' },
      {
        [`${POINT}/metadata.json`]: showMetadata,
        [`${POINT}/Season 1/01_metadata.json`]: pilot,
        [`${POINT}/Season 1/02_metadata.json`]: named("The Cat's in the Bag"),
        [`${POINT}/Season 2/01_metadata.json`]: named('Seven Thirty-Seven'),
        [`${POINT}/Season 2/02_metadata.json`]: named('Grilled'),
        [`${COMPLICATED}/metadata.json`]: { name: "It's Complicated", status: 'Ended', seasons: [] },
        [`${COMPLICATED}/Season 1/01_metadata.json`]: named('Neighbours'),
        [`${NOTHING}/metadata.json`]: { name: 'Nothing Yet' },
      },
    );
    second = await RecordedServer.start(
      { kind: 'tv', listing: 'server2.tv.json', hashes: 'server2.metadata-hashes.tv.json' },
      {
        [`${POINT}/metadata.json`]: wrong,
        [`${POINT}/Season 1/01_metadata.json`]: wrong,
        [`${POINT}/Season 1/02_metadata.json`]: wrong,
        [`${POINT}/Season 2/01_metadata.json`]: wrong,
      },
    );
    const servers = [
      first.configured({ id: 'default' }),
      second.configured({ id: 'server2', priority: 2, prefix: '/media' }),
    ];
    world = await World.create({ servers, tv: true });
  });

  afterEach(async () => {
    await world.dispose();
    await Promise.all([first.close(), second.close()]);
  });

  /** A document without what every document has, and what changes from run to run. */
  function fieldsOf<D extends { readonly _id: unknown }>(document: D): Omit<D, '_id'> {
    const { _id, ...rest } = document;
    const { createdAt, updatedAt, lastSynced, syncRunId, ...fields } = rest as Json;
    for (const time of [createdAt, updatedAt, lastSynced]) expect(time).toBeInstanceOf(Date);
    expect([String(_id), syncRunId]).toEqual([
      expect.stringMatching(/^[0-9a-f]{24}$/),
      expect.stringMatching(/^[0-9a-f]{24}$/),
    ]);
    return fields as Omit<D, '_id'>;
  }

  const url = (server: RecordedServer, path: string) =>
    `${server.baseUrl}${server === second ? '/media' : ''}/tv/${path}`;
  const id = (server: RecordedServer) => (server === second ? 'server2' : 'default');

  /** An image of a server, with its preview if it has one. */
  const image = (field: string, name: string, server: RecordedServer, path: string, preview = true) => ({
    [field]: url(server, path),
    [`${name}Source`]: id(server),
    ...(preview ? { [`${name}Blurhash`]: PREVIEW, [`${name}BlurhashSource`]: id(server) } : {}),
  });
  const caption = (server: RecordedServer, path: string, srcLang: string, lastModified: string) => ({
    srcLang,
    url: url(server, path),
    lastModified,
    sourceServerId: id(server),
  });
  const listed = (server: RecordedServer, title: string, folder: string, key: string) =>
    ((server.listing[title] as Json)['seasons'] as Record<string, { episodes: Record<string, Json> }>)[
      folder
    ]!.episodes[key]!;
  const video = (server: RecordedServer, title: string, folder: string, key: string, facts: object) => {
    const entry = listed(server, title, folder, key);
    const videoURL = server.baseUrl + String(entry['videoURL']);
    return {
      videoURL,
      normalizedVideoId: normalizedVideoId(videoURL),
      videoSource: id(server),
      videoInfoSource: id(server),
      mediaQuality: entry['mediaQuality'],
      mediaLastModified: new Date(String(entry['mediaLastModified'])),
      ...facts,
    };
  };

  test('everything arrives without a problem or a warning; a second scan writes nothing', async () => {
    const scan = await world.scan();
    for (const server of scan.servers.values())
      expect(server).toMatchObject({ status: 'changed', problems: [], problemCount: 0 });
    expect(new Set(Object.values(unitOutcomes(scan)))).toEqual(new Set(['created']));
    expect(scan.units.flatMap(({ warnings }): readonly UnitWarning[] => warnings)).toEqual([]);
    const { shows, seasons, episodes } = await tvCatalogue(world);
    expect([shows.length, seasons.length, episodes.length]).toEqual([3, 6, 11]);
    world.takeWrites();
    expect((await world.scan()).planned).toBe(0);
    expect(world.takeWrites()).toEqual([]);
  });

  test('only the owner of a file is asked for it, and once', async () => {
    await world.scan();
    // Thumbnail and metadata of the extra season are missing there, and everything else belongs to server 1.
    expect(second.files).toEqual([]);
    expect(new Set(first.files).size).toBe(first.files.length);
  });

  test('shows, field by field (§1.4)', async () => {
    await world.scan();
    const noFocal = {
      backdropFocal: null,
      backdropFocalSource: 'default',
      backdropFocalSuggested: null,
      backdropFocalSuggestedSource: 'default',
    };
    const owned = (title: string) => ({
      type: 'tvShow',
      originalTitle: title,
      originalTitleSource: 'default',
      titleSource: 'default',
      metadataSource: 'default',
      syncHash: hashes[title]?.hash,
      contentHash: hashes[title]?.contentHash,
    });
    expect(fieldsOf(await showOf(world, POINT))).toEqual({
      ...owned(POINT),
      ...noFocal,
      title: 'Breaking Point',
      metadata: showMetadata,
      firstAirDate: new Date('2010-01-20'),
      lastAirDate: new Date('2011-02-01'),
      status: 'Ended',
      overview: 'Overview of Breaking Point',
      genres: showMetadata['genres'],
      networks: showMetadata['networks'],
      numberOfSeasons: 2,
      rating: 8.4,
      ...image('posterURL', 'poster', first, 'Breaking%20Point/show_poster.jpg?hash=550241a702'),
      ...image('backdrop', 'backdrop', first, 'Breaking%20Point/show_backdrop.jpg?hash=ae514f2499'),
      ...image('logo', 'logo', first, 'Breaking%20Point/show_logo.png?hash=f5873b2ce8', false),
      backdropFocal: 'center-left',
      backdropFocalSuggested: 'center',
      seasonCount: 3,
      totalEpisodeCount: 5,
    });
    const folder = "It's%20Complicated%20%26%20Co.%20(2019)";
    expect(fieldsOf(await showOf(world, COMPLICATED))).toEqual({
      ...owned(COMPLICATED),
      ...noFocal,
      title: "It's Complicated",
      metadata: { name: "It's Complicated", status: 'Ended', seasons: [] },
      status: 'Ended',
      ...image('posterURL', 'poster', first, `${folder}/show_poster.png?hash=d08e4ef402`),
      ...image('logo', 'logo', first, `${folder}/show_logo.svg?hash=4714fd6c65`, false),
      seasonCount: 3,
      totalEpisodeCount: 6,
    });
    expect(fieldsOf(await showOf(world, NOTHING))).toEqual({
      ...owned(NOTHING),
      ...noFocal,
      title: 'Nothing Yet',
      metadata: { name: 'Nothing Yet' },
      seasonCount: 0,
      totalEpisodeCount: 0,
    });
  });

  test('seasons, field by field (§1.5); `Season 0` and `Specials` are one, `Season 02` is season 2 (B-20, B-21)', async () => {
    await world.scan();
    const season = async (title: string, number: number) => {
      const { _id: showId, title: showTitle } = await showOf(world, title);
      return {
        stored: fieldsOf(await seasonOfShow(world, title, number)),
        common: {
          type: 'season',
          originalTitle: `Season ${number}`,
          originalTitleSource: 'default',
          title: `Season ${number}`,
          titleSource: 'default',
          showId,
          showTitle,
          seasonNumber: number,
        },
      };
    };
    const inline = showMetadata['seasons'] as readonly Json[];
    for (const [number, hash] of [
      [1, '3a444d0b7e'],
      [2, 'ae71652067'],
    ] as const) {
      const { stored, common } = await season(POINT, number);
      expect(stored).toEqual({
        ...common,
        metadata: inline[number - 1],
        metadataSource: 'default',
        airDate: new Date(`20${9 + number}-01-20`),
        overview: `Season ${number} overview`,
        posterPath: `/sp${number}.jpg`,
        rating: 8,
        episodeCount: 2,
        ...image(
          'posterURL',
          'poster',
          first,
          `Breaking%20Point/Season%20${number}/season_poster.jpg?hash=${hash}`,
        ),
      });
    }
    const third = await season(POINT, 3);
    expect(third.stored).toEqual({
      ...third.common,
      originalTitleSource: 'server2',
      titleSource: 'server2',
      metadata: {},
      episodeCount: 1,
    });
    for (const number of [0, 1, 2]) {
      const { stored, common } = await season(COMPLICATED, number);
      expect(stored).toEqual({ ...common, metadata: {}, episodeCount: 2 });
    }
  });

  test('episodes, field by field (§1.6), of the server that owns them and nothing of the other one (B-2)', async () => {
    await world.scan();
    const common = async (title: string, season: number, episode: number) => {
      const [show, parent] = [await showOf(world, title), await seasonOfShow(world, title, season)];
      return {
        type: 'episode',
        originalTitle: title,
        originalTitleSource: 'default',
        titleSource: 'default',
        showId: show._id,
        seasonId: parent._id,
        showTitle: show.title,
        seasonNumber: season,
        episodeNumber: episode,
      };
    };
    const episode = async (title: string, season: number, number: number) =>
      fieldsOf(await episodeOf(world, title, season, number));
    const stem = 'Breaking%20Point/Season%201/Breaking%20Point%20-%20S01E01';

    expect(await episode(POINT, 1, 1)).toEqual({
      ...(await common(POINT, 1, 1)),
      title: 'Pilot',
      metadata: pilot,
      metadataSource: 'default',
      airDate: new Date('2010-01-20'),
      runtime: 45,
      rating: 8,
      overview: 'Overview Pilot',
      stillPath: '/st11.jpg',
      crew: [],
      guestStars: [],
      ...video(first, POINT, 'Season 1', 'S01E01', {
        duration: 4000,
        dimensions: '1920x1080',
        size: 6340.455078125,
      }),
      ...image(
        'thumbnail',
        'thumbnail',
        first,
        'Breaking%20Point/Season%201/01%20-%20Thumbnail.jpg?hash=3cd0538b4f',
      ),
      chapterURL: url(
        first,
        'Breaking%20Point/Season%201/chapters/Breaking%20Point%20-%20S01E01_chapters.vtt',
      ),
      chapterSource: 'default',
      captionURLs: {
        English: caption(first, `${stem}%20-%20Pilot%20WEBDL-1080p.en.srt`, 'en', '2025-01-01T03:50:16.125Z'),
        Spanish: caption(
          first,
          `${stem}%20-%20Pilot%20WEBDL-1080p.spa.srt`,
          'es',
          '2025-01-01T03:52:18.125Z',
        ),
      },
      captionSource: 'default',
    });

    // A season that only server 2 holds: neither metadata nor thumbnail, and a name from the file name (B-16).
    expect(await episode(POINT, 3, 1)).toEqual({
      ...(await common(POINT, 3, 1)),
      originalTitleSource: 'server2',
      titleSource: 'server2',
      title: 'Only Here',
      metadata: {},
      ...video(second, POINT, 'Season 3', 'S03E01', {
        duration: 3000,
        dimensions: '960x540',
        size: 1358.8857421875,
      }),
    });

    const plain = [
      [1, 2, "The Cat's in the Bag", '78ee00ddd2', 3000, 1358.8857421875, '2025-01-01T03:53:19.125Z'],
      [2, 1, 'Seven Thirty-Seven', '70b12d48d9', 4000, 1828.994140625, '2025-01-01T04:00:26.125Z'],
      [2, 2, 'Grilled', '8fbdd4078c', 5000, 2289.865234375, '2025-01-01T04:02:28.125Z'],
    ] as const;
    for (const [season, number, name, hash, duration, size, captionTime] of plain) {
      const folder = `Breaking%20Point/Season%20${season}`;
      const file = `Breaking%20Point%20-%20S0${season}E0${number}%20-%20${encodeURI(name)}%20WEBDL-1080p`;
      expect(await episode(POINT, season, number)).toEqual({
        ...(await common(POINT, season, number)),
        title: name,
        metadata: named(name),
        metadataSource: 'default',
        airDate: new Date('2011-01-20'),
        runtime: 45,
        ...video(first, POINT, `Season ${season}`, `S0${season}E0${number}`, {
          duration,
          dimensions: '960x540',
          size,
        }),
        ...image('thumbnail', 'thumbnail', first, `${folder}/0${number}%20-%20Thumbnail.jpg?hash=${hash}`),
        captionURLs: { English: caption(first, `${folder}/${file}.en.srt`, 'en', captionTime) },
        captionSource: 'default',
      });
    }

    const odd = [
      [0, 1, 'Season 0', 'S00E01', 'Behind the Scenes', 1022, '720x480', 14.255859375, undefined],
      [0, 4, 'Specials', 'S00E04', 'Episode 4', 3019, '720x480', 33.42578125, undefined],
      [1, 2, 'Season 1', 'S01E02', 'Episode 2', 3000, '1280x720', 598.1142578125, '10-bit SDR (BT.709)'],
      [2, 1, 'Season 02', 'S02E01', 'Double Bill', 3000, '1280x536', 414.7421875, 'HDR10'],
      [2, 101, 'Season 02', 'S02E101', 'Very Late', 2000, '640x360', 139.697265625, 'HLG'],
    ] as const;
    for (const [season, number, folder, key, title, duration, dimensions, size, hdr] of odd)
      expect(await episode(COMPLICATED, season, number)).toEqual({
        ...(await common(COMPLICATED, season, number)),
        title,
        metadata: {},
        ...video(first, COMPLICATED, folder, key, { duration, dimensions, size }),
        ...(hdr === undefined ? {} : { hdr }),
      });
    expect(await episode(COMPLICATED, 1, 1)).toEqual({
      ...(await common(COMPLICATED, 1, 1)),
      title: 'Neighbours',
      metadata: named('Neighbours'),
      metadataSource: 'default',
      airDate: new Date('2011-01-20'),
      runtime: 45,
      ...video(first, COMPLICATED, 'Season 1', 'S01E01', {
        duration: 2021,
        dimensions: '720x480',
        size: 23.7958984375,
      }),
    });
  });

  test('one moved token of a recorded show: nothing but the look at its metadata', async () => {
    await world.scan();
    first.files.length = 0;
    const show = first.listing[POINT] as Json;
    first.listing[POINT] = { ...show, metadata: '/tv/Breaking%20Point/metadata.json?hash=moved' };
    expect((await world.scan()).planned).toBe(0);
    expect(first.files).toEqual([`/tv/${POINT}/metadata.json`]);
  });
});
