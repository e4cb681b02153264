import { unitKey, type SeasonEpisodesRecord, type ShowRecord, type Unit } from '@reelsync/core';
import { tvListing } from '@reelsync/domain';
import { listedEpisode, seasonWith } from './support/listed-season';
import { ListingServer } from './support/listing-server';
import { episodeOf, pendingUnits, seasonOfShow, tvCatalogue, unitOutcomes } from './support/tv-world';
import { collect, World } from './support/world';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

describe('what a TV listing makes of the inventory', () => {
  let server: ListingServer;
  let world: World;
  beforeEach(async () => {
    server = await ListingServer.start();
    world = await World.create({ servers: [server.configured], tv: true, indexes: false });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await world.dispose();
    await server.close();
  });

  async function scan(shows: Readonly<Record<string, object>>, hash = '1') {
    server.shows = shows;
    server.hash = hash;
    const { servers, units } = await world.scan();
    return { listing: servers.get(server.configured.id), kinds: units.map(({ unit }) => unit.kind) };
  }

  async function present(): Promise<string[]> {
    const stream = world.database.inventory.streamPresent(server.configured.id, tvListing.unitKinds);
    const units = await collect(stream);
    return units.map((unit) => ('season' in unit ? `${unit.kind} ${unit.season}` : unit.kind)).sort();
  }

  test('Scenario 13: a season whose folder cannot be read is reported and stays; one that is gone is missing', async () => {
    const first = { 'Season 1': seasonWith(1), 'Season 2': seasonWith(1), 'Season 3': seasonWith(1) };
    await scan({ Show: { seasons: first } });
    const { listing } = await scan({ Show: { seasons: { 'Season 1': seasonWith(1), S02: 'broken' } } });
    expect(listing).toMatchObject({ status: 'changed', vanished: 2, problemCount: 1 });
    expect(await present()).toEqual(['episodes 1', 'episodes 2', 'season 1', 'season 2', 'show']);
  });

  describe('what a server holds but cannot be read stays as it was known, in the counts too (issue 2)', () => {
    const poster = { season_poster: '/tv/a/poster.jpg?hash=1' };
    const whole = { 'Season 1': { ...seasonWith(1, 2, 3), ...poster }, 'Season 2': seasonWith(1, 2) };
    const changedFirst = { ...listedEpisode(1), videoURL: '/tv/a/new.mp4' };

    async function known() {
      const { inventory } = world.database;
      const [show] = await inventory.load<ShowRecord>({ kind: 'show', title: 'Show' });
      const unit = { kind: 'episodes', title: 'Show', season: 1 } as const;
      const [season] = await inventory.load<SeasonEpisodesRecord>(unit);
      return {
        seasons: show?.record.seasons,
        videos: season?.record.episodes.map(({ video }) => video?.path),
      };
    }

    test.each<[string, object, string[]]>([
      [
        'a broken episode',
        {
          ...whole,
          'Season 1': {
            ...poster,
            episodes: { S01E01: changedFirst, S01E02: { videoURL: 7 }, S01E03: listedEpisode(3) },
          },
        },
        ['/tv/a/new.mp4', '/tv/a/2.mp4', '/tv/a/3.mp4'],
      ],
      [
        'a broken episode without a number',
        { ...whole, 'Season 1': { ...poster, episodes: { S01E01: changedFirst, Two: 7 } } },
        ['/tv/a/new.mp4', '/tv/a/2.mp4', '/tv/a/3.mp4'],
      ],
      [
        'a broken folder beside a good one of the same season',
        { ...whole, 'Season 1': { episodes: { S01E01: changedFirst } }, S01: 'broken' },
        ['/tv/a/new.mp4', '/tv/a/2.mp4', '/tv/a/3.mp4'],
      ],
      [
        'a broken season',
        { 'Season 1': { ...whole['Season 1'], episodes: { S01E01: changedFirst } }, S02: 'broken' },
        ['/tv/a/new.mp4'],
      ],
    ])('%s', async (_name, seasons, videos) => {
      await scan({ Show: { seasons: whole } });
      const { listing } = await scan({ Show: { seasons } });
      expect(listing).toMatchObject({ status: 'changed', vanished: 0, problemCount: 1 });
      const numbers = videos.map((_video, index) => index + 1);
      expect(await known()).toEqual({
        seasons: [
          { number: 1, episodes: numbers },
          { number: 2, episodes: [1, 2] },
        ],
        videos,
      });
      expect(await seasonOfShow(world, 'Show', 1)).toHaveProperty('posterURL');
      expect(await world.database.tvShows.load('Show')).toMatchObject({
        seasonCount: 2,
        totalEpisodeCount: numbers.length + 2,
      });
      await scan({ Show: { seasons: whole } });
      expect((await known()).videos).toEqual(['/tv/a/1.mp4', '/tv/a/2.mp4', '/tv/a/3.mp4']);
    });

    test('a broken episode alone writes nothing, and what is gone beside it is gone', async () => {
      await scan({ Show: { seasons: whole } });
      const broken = { S01E01: listedEpisode(1), S01E02: { videoURL: 7 } };
      const three = { ...broken, S01E03: listedEpisode(3) };
      const alone = { ...whole, 'Season 1': { ...poster, episodes: three } };
      expect((await scan({ Show: { seasons: alone } })).listing).toMatchObject({ changed: 0, vanished: 0 });
      await scan({ Show: { seasons: { ...whole, 'Season 1': { episodes: broken } } } });
      expect((await known()).videos).toEqual(['/tv/a/1.mp4', '/tv/a/2.mp4']);
      expect(await seasonOfShow(world, 'Show', 1)).not.toHaveProperty('posterURL');
    });
  });

  test('a show that cannot be read stays with everything below it', async () => {
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1) } }, Other: { seasons: {} } });
    const { listing } = await scan({ Show: { seasons: 7 }, Other: { seasons: {} } });
    expect(listing).toMatchObject({ vanished: 0, problemCount: 1 });
    expect(await present()).toEqual(['episodes 1', 'season 1', 'show', 'show']);
  });

  test('most seasons of a server gone, though its shows are still there: refused, and nothing of the listing is stored', async () => {
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1), 'Season 2': seasonWith(1) } } });
    const { listing } = await scan({ Show: { seasons: {}, backdropFocal: 'left' }, New: { seasons: {} } });
    expect(listing).toMatchObject({ status: 'refused', code: 'LISTING_SHRUNKEN', changed: 0 });
    expect(await present()).toEqual(['episodes 1', 'episodes 2', 'season 1', 'season 2', 'show']);
    expect(await pendingUnits(world)).toEqual([]);
  });

  test('B-41: a removed season poster is one season unit, and goes from the catalogue', async () => {
    const season = seasonWith(1);
    await scan({
      Show: { seasons: { 'Season 1': { ...season, season_poster: '/tv/a/poster.jpg?hash=1' } } },
    });
    expect(await seasonOfShow(world, 'Show', 1)).toHaveProperty('posterURL');
    const { kinds } = await scan({ Show: { seasons: { 'Season 1': season } } });
    expect(kinds).toEqual(['season']);
    expect(await seasonOfShow(world, 'Show', 1)).not.toHaveProperty('posterURL');
  });

  test('B-13: both focal hints of a show reach its document, also when they change or are taken back', async () => {
    for (const hints of [
      { backdropFocal: '50% 20%', backdropFocalSuggested: '10% 10%' },
      { backdropFocal: 'left', backdropFocalSuggested: '10% 10%' },
      { backdropFocal: null, backdropFocalSuggested: null },
    ]) {
      await scan({ Show: { ...hints, seasons: {} } });
      expect(await world.database.tvShows.load('Show')).toMatchObject(hints);
    }
  });

  describe('Scenario 13, B-20, B-21: every usual name of a folder is the same season, with or without episode numbers', () => {
    const named = (code: string) => ({
      episodes: {
        [`${code}E01`]: { videoURL: '/tv/a/1.mp4' },
        [`Show ${code}E02.mp4`]: { videoURL: '/tv/a/2.mp4' },
      },
    });
    const unnumbered = { Specials: named('S00') };

    test.each(['Season 01', 'S01', 'season_1', '1'])('%s', async (folder) => {
      await scan({ Show: { seasons: { 'Season 1': named('S01'), 'Season 0': named('S00') } } });
      const before = await tvCatalogue(world);
      expect(before.episodes.map(({ seasonNumber, episodeNumber }) => [seasonNumber, episodeNumber])).toEqual(
        expect.arrayContaining([
          [0, 1],
          [0, 2],
          [1, 1],
          [1, 2],
        ]),
      );
      const { listing, kinds } = await scan({ Show: { seasons: { [folder]: named('S01'), ...unnumbered } } });
      expect(listing).toMatchObject({ status: 'changed', changed: 0, vanished: 0, problemCount: 0 });
      expect(kinds).toEqual([]);
      expect(await tvCatalogue(world)).toEqual(before);
    });

    test.each(['Season 01', 'S01', 'season_1', '1'])('%s from the start', async (folder) => {
      await scan({ Show: { seasons: { [folder]: named('S01'), ...unnumbered } } });
      const { seasons, episodes } = await tvCatalogue(world);
      expect(seasons.map(({ originalTitle }) => originalTitle).sort()).toEqual(['Season 0', 'Season 1']);
      expect(episodes).toHaveLength(4);
      expect(await episodeOf(world, 'Show', 0, 1)).toMatchObject({ videoSource: 'alpha' });
      expect(await episodeOf(world, 'Show', 1, 2)).toMatchObject({ videoSource: 'alpha' });
    });
  });

  test('Scenario 13, B-20, B-21: what has no number is reported in the run, not guessed at, and deletes nothing', async () => {
    const named = { videoURL: '/tv/a/bonus.mp4' };
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1), S02: seasonWith(1, 2) } } });
    const odd = {
      'Season 1': seasonWith(1),
      S02: { episodes: { S02E01: listedEpisode(1), Bonus: named } },
      Extras: { episodes: { 'Making of': named } },
    };
    server.shows = { Show: { seasons: odd } };
    const { run } = await world.scan();
    expect(run.servers).toMatchObject([
      {
        problemCount: 2,
        problems: [
          { title: 'Show', problem: "season 'Extras' has no number: it was left out" },
          { title: 'Show', problem: "episode 'Bonus' of season 'S02' has no number: it was left out" },
        ],
      },
    ]);
    const { seasons, episodes } = await tvCatalogue(world);
    expect(seasons.map(({ seasonNumber }) => seasonNumber).sort()).toEqual([1, 2]);
    // Episode 2 is no longer listed, but deleting is not for a scan to do (CL-1).
    expect(episodes).toHaveLength(3);
  });

  test.each<[string, (book: object) => unknown]>([
    ['loses its number', (book) => book],
    ['has one of another kind', (book) => ({ ...book, seasonNumber: '2' })],
    ['cannot be read', () => 'broken'],
  ])(
    'a season whose unusual folder %s stays; the one that is gone beside it is missing',
    async (_what, spoil) => {
      const files = { ...listedEpisode(1), videoURL: '/tv/Show/Book%202/1.mp4' };
      const book = { episodes: { S02E01: files } };
      const first = { 'Season 1': seasonWith(1), 'Book 2': { ...book, seasonNumber: 2 }, S03: seasonWith(1) };
      await scan({ Show: { seasons: first } });
      const later = { 'Season 1': seasonWith(1), 'Book 2': spoil(book) };
      const { listing } = await scan({ Show: { seasons: later } });
      expect(listing).toMatchObject({ status: 'changed', vanished: 2, problemCount: 1 });
      expect(await present()).toEqual(['episodes 1', 'episodes 2', 'season 1', 'season 2', 'show']);
      expect(await world.database.tvShows.load('Show')).toMatchObject({
        seasonCount: 2,
        totalEpisodeCount: 2,
      });
    },
  );

  test('a season of two folders of which one loses its number stays as it was known', async () => {
    const files = { ...listedEpisode(2), videoURL: '/tv/Show/Staffel%201%20B/2.mp4' };
    const other = { episodes: { S01E02: files } };
    const first = { 'Season 1': seasonWith(1), 'Staffel 1 B': { ...other, seasonNumber: 1 } };
    await scan({ Show: { seasons: first } });
    const { listing } = await scan({ Show: { seasons: { ...first, 'Staffel 1 B': other } } });
    expect(listing).toMatchObject({ changed: 0, vanished: 0, problemCount: 1 });
    const unit: Unit = { kind: 'episodes', title: 'Show', season: 1 };
    const [known] = await world.database.inventory.load<SeasonEpisodesRecord>(unit);
    expect(known?.record.episodes.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('AV-4: an episode that loses its number stays as it was known; a file that never had one is nothing', async () => {
    const bonus = { videoURL: '/tv/a/bonus.mp4', thumbnail: '/tv/a/bonus.jpg?hash=1' };
    const specials = (files: object) => ({
      Show: { seasons: { 'Season 1': seasonWith(1), Specials: { episodes: files } } },
    });
    await scan(specials({ Bonus: { ...bonus, episodeNumber: 4 }, Other: listedEpisode(2) }));
    const { listing } = await scan(
      specials({ Bonus: { ...bonus, episodeNumber: null }, New: { videoURL: '/tv/a/new.mp4' } }),
    );
    expect(listing).toMatchObject({ status: 'changed', problemCount: 2 });
    const unit: Unit = { kind: 'episodes', title: 'Show', season: 0 };
    const [known] = await world.database.inventory.load<SeasonEpisodesRecord>(unit);
    expect(known?.record.episodes).toMatchObject([{ number: 4, video: { path: bonus.videoURL } }]);
    expect(await world.database.tvShows.load('Show')).toMatchObject({ totalEpisodeCount: 2 });
    await scan(specials({ Bonus: { ...bonus, episodeNumber: 5 } }));
    const [moved] = await world.database.inventory.load<SeasonEpisodesRecord>(unit);
    expect(moved?.record.episodes).toMatchObject([{ number: 5 }]);
  });

  test('a unit that fails after it had vanished and returned, and vanishes again, is not planned by every scan', async () => {
    const others = { Other: { seasons: {} }, Another: { seasons: {} } };
    const broken = { Show: { metadata: '/tv/Show/metadata.json?hash=1', seasons: {} }, ...others };
    server.files.set('/tv/Show/metadata.json', 'no JSON');
    await scan({ Show: { seasons: {} }, ...others });
    await scan(others);
    server.shows = broken;
    expect(unitOutcomes(await world.scan())).toEqual({ 'show/Show': 'METADATA_INVALID' });
    server.shows = others;
    expect(unitOutcomes(await world.scan())).toEqual({ 'show/Show': 'skipped' });
    world.advanceClock(DAY_MS);
    expect((await world.scan()).planned).toBe(0);
    expect(await world.database.gates.load({ kind: 'show', title: 'Show' })).not.toHaveProperty('failure');
  });

  test('children do not wait for a show that comes due while they are planned: the scan does not plan it', async () => {
    const show = { metadata: '/tv/Show/metadata.json?hash=1', seasons: { 'Season 1': seasonWith(1) } };
    server.files.set('/tv/Show/metadata.json', 'no JSON');
    await scan({ Show: show });
    world.advanceClock(HOUR_MS / 2);
    const { runs } = world.database;
    const plan = runs.plan.bind(runs);
    jest.spyOn(runs, 'plan').mockImplementationOnce((...request) => {
      world.advanceClock(HOUR_MS);
      return plan(...request);
    });
    const changed = { S01E01: { ...listedEpisode(1), thumbnail: '/tv/a/1.jpg' } };
    server.shows = { Show: { ...show, seasons: { 'Season 1': { episodes: changed } } } };
    const { units, run } = await world.scan();
    expect(unitOutcomes({ units })).toEqual({ 'episodes/1/Show': 'updated' });
    expect(run.status).toBe('done');
  });

  test('a show that is listed twice: the first one counts, the other is reported', async () => {
    const [first, second] = [
      { seasons: { 'Season 1': seasonWith(1) } },
      { seasons: { 'Season 2': seasonWith(1) } },
    ];
    server.text = `{"Show":${JSON.stringify(first)},"Show":${JSON.stringify(second)}}`;
    const { listing } = await scan({});
    expect(listing).toMatchObject({
      titles: 2,
      problems: [
        { code: 'LISTING_RECORD_INVALID', title: 'Show', problem: 'is listed twice; the first one counts' },
      ],
    });
    expect(await present()).toEqual(['episodes 1', 'season 1', 'show']);
  });

  test('an added episode changes the show (its counts), its season and their episodes', async () => {
    const others = { 'Season 2': seasonWith(1) };
    await scan({ Show: { seasons: { ...others, 'Season 1': seasonWith(1) } } });
    const { kinds } = await scan({ Show: { seasons: { ...others, 'Season 1': seasonWith(1, 2) } } });
    expect(kinds).toEqual(['show', 'season', 'episodes']);
  });

  test('other hashes of a server alone change nothing; a changed show takes them along (CD-9)', async () => {
    await scan({ Show: { seasons: {} } }, 'a');
    expect((await scan({ Show: { seasons: {}, unread: 1 } }, 'b')).kinds).toEqual([]);
    expect((await scan({ Show: { seasons: {}, backdropFocal: 'left' } }, 'c')).kinds).toEqual(['show']);
    const { inventory } = world.database;
    expect(await inventory.load({ kind: 'show', title: 'Show' })).toMatchObject([
      { serverHash: 'c', contentHash: 'c' },
    ]);
    expect(await world.database.tvShows.load('Show')).toMatchObject({ syncHash: 'c', contentHash: 'c' });
  });
});

describe('a thumbnail that no server lists any more (§5.3)', () => {
  const SHOW = 'Show';
  const UNIT: Unit = { kind: 'episodes', title: SHOW, season: 1 };
  const listed = (thumbnail: object) => ({
    [SHOW]: { seasons: { 'Season 1': { episodes: { S01E01: { ...listedEpisode(1), ...thumbnail } } } } },
  });
  const WITH = listed({ thumbnail: '/tv/a/1.jpg' });
  const WITHOUT = listed({});

  let alpha: ListingServer;
  let beta: ListingServer;
  let world: World;
  beforeEach(async () => {
    alpha = await ListingServer.start();
    beta = await ListingServer.start('beta', 2);
  });
  afterEach(async () => {
    await world.dispose();
    await Promise.all([alpha.close(), beta.close()]);
  });

  async function begin(fieldCleanup: 'enforce' | 'dry-run'): Promise<void> {
    const servers = [alpha.configured, beta.configured];
    world = await World.create({ servers, tv: true, indexes: false, fieldCleanup });
    alpha.shows = WITH;
    await world.scan();
    alpha.shows = WITHOUT;
  }

  test('stays while a server has not answered, and the episodes are looked at again', async () => {
    await begin('enforce');
    beta.isBroken = true;
    for (let i = 0; i < 2; i += 1) {
      await world.scan();
      expect(await episodeOf(world, SHOW, 1, 1)).toHaveProperty('thumbnail');
      expect(await pendingUnits(world)).toEqual([unitKey(UNIT)]);
    }
    beta.isBroken = false;
    expect(unitOutcomes(await world.scan())).toEqual({ [unitKey(UNIT)]: 'updated' });
    expect(await episodeOf(world, SHOW, 1, 1)).not.toHaveProperty('thumbnail');
    expect(await pendingUnits(world)).toEqual([]);
  });

  test('dry-run: stays, the gate closes, and the job says of which episode it would be removed', async () => {
    await begin('dry-run');
    world.units.isLost = () => true;
    await world.scan();
    const { outcome, warnings } = await world.syncUnit(UNIT);
    expect(outcome).toBe('unchanged');
    expect(warnings).toContainEqual({
      code: 'FIELD_CLEANUP_DRY_RUN',
      message: expect.stringContaining('E01.thumbnail') as string,
    });
    expect(await episodeOf(world, SHOW, 1, 1)).toHaveProperty('thumbnail');
    expect(await pendingUnits(world)).not.toContain(unitKey(UNIT));
  });
});
