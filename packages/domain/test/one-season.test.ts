import { waitFor } from '../../../tests/support';
import type { ListingServer } from './support/listing-server';
import { EPISODES, fileOf, listed, listedSeason, OneSeason, TITLE, UNIT } from './support/one-season';
import { PREVIEW } from './support/recorded-servers';
import { episodeOf, pendingUnits, seasonOfShow, showOf, unitOutcomes } from './support/tv-world';
import type { World } from './support/world';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the episodes of one season', () => {
  let started: OneSeason;
  let alpha: ListingServer;
  let beta: ListingServer;
  let world: World;
  beforeEach(async () => {
    started = await OneSeason.start();
    ({ alpha, beta, world } = started);
  });
  afterEach(() => started.dispose());

  function serveFiles(count: number): void {
    for (const number of numbers(count)) alpha.files.set(fileOf(number), { name: `File ${number}` });
    alpha.shows = listed(Object.fromEntries(numbers(count).map((number) => [number, '1'])));
  }

  /** Everything is in the inventory, and the catalogue holds all but the episodes. */
  async function scanWithoutEpisodes(): Promise<void> {
    world.units.isLost = ({ kind }) => kind === 'episodes';
    await world.scan();
    world.units.isLost = () => false;
  }

  test('ST-E3: while its own file cannot be read an episode follows the show, from then on the file', async () => {
    started.say(1, 'v1');
    alpha.files.set(fileOf(1), 500);
    alpha.shows = listed({ 1: '1' }, '1');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'SERVER_ERROR' });
    const inherited = { metadata: { name: 'v1' }, title: 'v1', overview: 'of v1' };
    expect(await episodeOf(world, TITLE, 1, 1)).toMatchObject({
      ...inherited,
      metadataSource: 'alpha',
      titleSource: 'alpha',
    });
    expect(await pendingUnits(world)).toEqual([EPISODES]);

    started.say(1, 'v2');
    alpha.shows = listed({ 1: '1' }, '2');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'SERVER_ERROR' });
    expect(await episodeOf(world, TITLE, 1, 1)).toMatchObject({ title: 'v2', overview: 'of v2' });

    alpha.files.set(fileOf(1), { name: 'File' });
    expect(unitOutcomes(await world.scan())).toEqual({ [EPISODES]: 'updated' });
    const own = await episodeOf(world, TITLE, 1, 1);
    expect(own).toMatchObject({ title: 'File', metadata: { name: 'File' } });
    expect(own).not.toHaveProperty('overview');
    expect(await pendingUnits(world)).toEqual([]);

    started.say(1, 'v3');
    alpha.shows = listed({ 1: '1' }, '3');
    await world.scan();
    expect(await started.titleOf(1)).toBe('File');
  });

  test('their files are read side by side, as many as the server takes', async () => {
    const { concurrency } = alpha.configured;
    serveFiles(concurrency + 4);
    await scanWithoutEpisodes();
    const pause = alpha.pauseFiles();
    const sync = world.syncUnit(UNIT);
    try {
      await waitFor(() => pause.held === concurrency, { message: () => `${pause.held} files at a time` });
    } finally {
      pause.resume();
      await sync;
    }
    expect(await started.titleOf(concurrency + 4)).toBe(`File ${concurrency + 4}`);
  });

  test.each([1, 60])(
    'design decision 6: %i of them, new or known, take the same few commands',
    async (count) => {
      serveFiles(count);
      await scanWithoutEpisodes();
      const commands: string[] = [];
      world.connection.catalogue.client.on('commandStarted', ({ commandName, command }) => {
        commands.push(`${commandName} ${String(command[commandName])}`);
      });
      const take = (): string[] => commands.splice(0).sort();
      const look = ['find gates', 'find inventory', 'find listings'];
      const parents = ['find FlatSeasons', 'find FlatTVShows'];

      await expect(world.syncUnit(UNIT)).resolves.toMatchObject({ outcome: 'created' });
      // The documents are read again after the files, so that a lock set meanwhile is honoured.
      expect(take()).toEqual(
        [
          ...look,
          ...parents,
          ...['find FlatEpisodes', 'find FlatEpisodes', 'update FlatEpisodes'],
          ...['find inventory', 'update gates', 'update inventory'],
        ].sort(),
      );
      await expect(world.syncUnit(UNIT)).resolves.toMatchObject({ outcome: 'unchanged' });
      expect(take()).toEqual([...look, ...parents, 'find FlatEpisodes'].sort());
    },
  );

  test('B-2, AV-7: one that moves to another server takes everything from there, and keeps its document', async () => {
    const whole = (id: string) => ({
      videoURL: `/${id}/2.mp4`,
      episodeNumber: 2,
      metadata: `/${id}/2.json?hash=1`,
      thumbnail: `/${id}/2.jpg?hash=1`,
      thumbnailBlurhash: `/${id}/2.jpg.blurhash`,
      chapters: `/${id}/2.vtt`,
      subtitles: { English: { url: `/${id}/2.en.srt`, srcLang: 'en' } },
    });
    for (const [id, { files }] of [['alpha', alpha] as const, ['beta', beta] as const]) {
      files.set(`/${id}/2.json`, { name: `of ${id}` });
      files.set(`/${id}/2.jpg.blurhash`, PREVIEW);
    }
    const other = (number: number) => ({ videoURL: `/${number}.mp4`, episodeNumber: number });
    const hdr = { hdr: 'HDR10', length: 5, dimensions: '1920x1080' };
    alpha.shows = listedSeason({ episodes: { S01E1: other(1), S01E2: { ...whole('alpha'), ...hdr } } });
    beta.shows = listedSeason({ episodes: { S01E3: other(3) } });
    await world.scan();
    const before = await episodeOf(world, TITLE, 1, 2);
    expect(before).toMatchObject({ title: 'of alpha', videoSource: 'alpha', hdr: 'HDR10' });

    alpha.shows = listedSeason({ episodes: { S01E1: other(1) } });
    beta.shows = listedSeason({ episodes: { S01E2: whole('beta'), S01E3: other(3) } });
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'updated' });
    const after = await episodeOf(world, TITLE, 1, 2);
    const { baseUrl } = beta.configured;
    expect(after).toMatchObject({
      _id: before._id,
      title: 'of beta',
      titleSource: 'beta',
      metadataSource: 'beta',
      metadata: { name: 'of beta' },
      videoURL: `${baseUrl}/beta/2.mp4`,
      videoSource: 'beta',
      videoInfoSource: 'beta',
      thumbnail: `${baseUrl}/beta/2.jpg?hash=1`,
      thumbnailSource: 'beta',
      thumbnailBlurhash: PREVIEW,
      thumbnailBlurhashSource: 'beta',
      chapterURL: `${baseUrl}/beta/2.vtt`,
      chapterSource: 'beta',
      captionURLs: { English: { url: `${baseUrl}/beta/2.en.srt`, sourceServerId: 'beta' } },
      captionSource: 'beta',
    });
    for (const field of ['hdr', 'duration', 'dimensions']) expect(after).not.toHaveProperty(field);
    expect(await episodeOf(world, TITLE, 1, 1)).toMatchObject({ videoSource: 'alpha' });
    expect(await showOf(world, TITLE)).toMatchObject({ totalEpisodeCount: 3 });
    expect(await seasonOfShow(world, TITLE, 1)).toMatchObject({ episodeCount: 3 });
    expect(await pendingUnits(world)).toEqual([]);
    expect((await world.scan()).planned).toBe(0);
  });
});
