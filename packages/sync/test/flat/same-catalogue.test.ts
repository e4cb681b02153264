import type { DatabaseConnection } from '@reelsync/database';
import type { SampleServer } from '@reelsync/sample-library';
import { Installation } from '../support/installation';
import { catalogueOf, FlatWorld } from './support/flat-world';

const SHOW = 'Breaking Point';
const MOVIE = '100% Wolf';

let queue: Installation;
/** Flat syncs over catalogues of their own: one passes the servers in their order, one the other way round. */
let worlds: readonly FlatWorld[];

beforeAll(async () => {
  queue = await Installation.create({ titles: 25, shows: 7, withBrokenTitles: true });
  const { servers } = queue.config;
  worlds = [await FlatWorld.create({ servers }), await FlatWorld.create({ servers: servers.toReversed() })];
  await queue.startWorker();
}, 60_000);

afterAll(async () => {
  for (const world of worlds) await world.dispose();
  await queue.dispose();
});

async function syncAll(): Promise<void> {
  const serverIds = queue.config.servers.map(({ id }) => id);
  const { runId } = await queue.requests.requestScan({ serverIds, trigger: 'cli', urgency: 'bulk' });
  await queue.ended(runId, 120_000);
  for (const { flat } of worlds) await flat.syncAll();
}

async function expectSame(): Promise<void> {
  const expected = await catalogueOf(queue.connection);
  for (const { connection } of worlds) expect(await catalogueOf(connection)).toEqual(expected);
}

/** What an admin does in the website, in every catalogue. */
async function edit(collection: string, filter: object, update: object): Promise<void> {
  const connections: readonly DatabaseConnection[] = [queue, ...worlds].map(({ connection }) => connection);
  for (const { catalogue } of connections) {
    const { matchedCount } = await catalogue.collection(collection).updateOne(filter, update);
    expect(matchedCount).toBe(1);
  }
}

/** One title that this server holds and the other one, too. */
function shared(server: SampleServer, other: SampleServer, index: number): string {
  const titles = [...server.library.movies.titles()].filter(
    (title) => title !== MOVIE && other.library.movies.has(title),
  );
  const title = titles[index];
  if (title === undefined) throw new Error(`the libraries share fewer than ${index + 1} titles`);
  return title;
}

describe('flat sync and the queue engine give the same catalogue, whatever the order of the servers (B-26, B-2, B-25)', () => {
  test('from empty', async () => {
    await syncAll();
    await expectSame();
    const { FlatMovies, FlatEpisodes } = await catalogueOf(queue.connection);
    expect(Object.keys(FlatMovies).length).toBeGreaterThan(20);
    expect(Object.keys(FlatEpisodes).length).toBeGreaterThan(20);
  }, 300_000);

  test('a further flat sync writes nothing (B-8)', async () => {
    for (const { flat } of worlds) {
      const { summary } = await flat.syncAll();
      expect(summary).toMatchObject({ created: 0, updated: 0 });
    }
    await expectSame();
  }, 300_000);

  test('with locks, and after changes on both servers', async () => {
    const { alpha, beta } = queue;
    const [first, second, third] = [0, 1, 2].map((index) => shared(alpha, beta, index));
    await edit(
      'FlatMovies',
      { originalTitle: MOVIE },
      {
        $set: {
          lockedFields: { metadata: { overview: true }, posterURL: true },
          'metadata.overview': 'Ours',
        },
      },
    );
    await edit(
      'FlatMovies',
      { originalTitle: second },
      { $set: { lockedFields: { title: true }, title: 'Named by hand' } },
    );
    await edit(
      'FlatMovies',
      { originalTitle: third },
      { $set: { lockedFields: { captionURLs: { English: true } } } },
    );
    await edit(
      'FlatTVShows',
      { originalTitle: SHOW },
      { $set: { lockedFields: { overview: true }, overview: 'Ours' } },
    );
    for (const { library } of [alpha, beta]) {
      if (library.movies.has(MOVIE)) library.editMetadata(MOVIE, { overview: 'Theirs', tagline: 'New' });
      library.editMetadata(String(second), { title: 'Another name' });
      library.addMovie('Brand New (2026)');
    }
    alpha.library.replacePoster(String(first));
    alpha.library.removeAsset(String(second), 'poster');
    beta.library.removeAsset(String(second), 'poster');
    alpha.library.removeAsset(String(third), 'video');
    beta.library.addCaption(String(third), 'Dutch');
    alpha.library.renameShow(SHOW, 'Breaking Pointer');
    beta.library.replaceThumbnail(SHOW, 'Season 2', 'S02E02');
    alpha.library.replaceSeasonPoster(SHOW, 'Season 1');
    alpha.library.addEpisode(SHOW, 'Season 2');
    await syncAll();
    await expectSame();
    const { FlatMovies, FlatTVShows, FlatSeasons } = await catalogueOf(queue.connection);
    expect(FlatMovies[JSON.stringify([second])]).toMatchObject({ title: 'Named by hand' });
    expect(FlatMovies[JSON.stringify([second])]).not.toHaveProperty('posterURL');
    expect(FlatMovies[JSON.stringify([MOVIE])]).toMatchObject({
      metadata: { overview: 'Ours', tagline: 'New' },
    });
    expect(FlatTVShows[JSON.stringify([SHOW])]).toMatchObject({
      title: 'Breaking Pointer',
      overview: 'Ours',
    });
    expect(FlatSeasons[JSON.stringify([SHOW, 3])]).toMatchObject({ showTitle: 'Breaking Pointer' });
  }, 300_000);
});
