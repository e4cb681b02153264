import type { MediaServer } from '@reelsync/core';
import type { SampleServer } from '@reelsync/sample-library';
import {
  FlatSync,
  syncToFlatStructure,
  type FlatSyncAllResult,
  type FlatSyncAllOptions,
} from '@reelsync/sync';
import { catalogueOf, FlatWorld } from './support/flat-world';
import { MOVIES, SharedLibraries, SHOW } from './support/shared-libraries';

let libraries: SharedLibraries;
let alpha: SampleServer;
let beta: SampleServer;
let servers: readonly [MediaServer, MediaServer];
let world: FlatWorld;

beforeEach(async () => {
  libraries = await SharedLibraries.start();
  ({ alpha, beta, servers } = libraries);
  world = await FlatWorld.create({ servers });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.dispose();
  await libraries.close();
});

/** Indexes change nothing about what these libraries give, and making them takes most of the time. */
function sync(options: FlatSyncAllOptions = {}): Promise<FlatSyncAllResult> {
  return world.flat.syncAll({ skipInitialization: true, ...options });
}

function movieTitle(index: number): string {
  return libraries.movieTitle(index);
}

async function movie(title: string): Promise<Readonly<Record<string, unknown>>> {
  const found = await world.database.movies.load(title);
  if (found === null) throw new Error(`the catalogue has no '${title}'`);
  return { ...found };
}

async function edit(title: string, update: object): Promise<void> {
  await world.connection.catalogue.collection('FlatMovies').updateOne({ originalTitle: title }, update);
}

function warningsOf({ servers: results }: FlatSyncAllResult): string[] {
  return Object.values(results)
    .flatMap(({ movies, tvShows, seasons, episodes }) => [movies, tvShows, seasons, episodes])
    .flatMap(({ processed }) => processed.flatMap(({ warnings }) => warnings.map(({ code }) => code)));
}

describe('what a run reports', () => {
  test('the shape of the earlier flat sync (§9.4, legacy row), and what is new, with its names (B-17)', async () => {
    const { servers: results, errors, summary } = await world.flat.syncAll();
    expect(errors).toEqual([]);
    expect(summary).toMatchObject({ updated: 0, unchanged: 0, failed: 0 });
    const own = results['alpha'];
    expect(own).toMatchObject({
      movies: { errors: [], initialized: { created: MOVIES.both + MOVIES.exclusive } },
      tvShows: { processed: [{ title: SHOW, outcome: 'created' }], errors: [] },
      seasons: { errors: [], skippedSeasons: [] },
      episodes: { errors: [], skippedEpisodes: [] },
      blurhash: { status: 'completed', results: { failed: 0 } },
      indexes: 'complete',
      problems: [],
    });
    expect(own?.movies.processed).toHaveLength(MOVIES.both + MOVIES.exclusive);
    expect(own?.notifications.created.map(({ title }) => title)).toEqual(
      expect.arrayContaining([...libraries.shared, SHOW]),
    );
    expect(own?.performance.totalTimeSeconds).toBeGreaterThan(0);
  });

  test('progress: every title once per server, the last one with all of them', async () => {
    const seen: string[] = [];
    await sync({
      onProgress: ({ serverId, done, total }) => seen.push(`${serverId} ${done}/${total}`),
    });
    const total = MOVIES.both + MOVIES.exclusive + 1;
    const numbers = Array.from({ length: total }, (_, index) => `${index + 1}/${total}`);
    expect(seen).toEqual(['alpha', 'beta'].flatMap((id) => numbers.map((number) => `${id} ${number}`)));
  });

  test('a file that cannot be read is the error of its title alone; the next run reads it (B-1, B-26)', async () => {
    const title = movieTitle(0);
    alpha.faults.add({
      match: `${encodeURIComponent(title).replace(/[()]/g, String.raw`\$&`)}/metadata.json`,
      status: 500,
    });
    const first = await sync();
    expect(first.servers['alpha']?.movies.errors).toMatchObject([{ title, code: 'SERVER_ERROR' }]);
    expect(first.summary).toMatchObject({ failed: 1 });
    expect(await movie(title)).toMatchObject({
      metadata: { hasExternalMetadata: false },
      posterSource: 'alpha',
    });
    alpha.faults.clear();
    const second = await sync();
    expect(second.summary).toMatchObject({ failed: 0, updated: 1 });
    expect(await movie(title)).toMatchObject({ metadataSource: 'alpha' });
  });

  test('a title that cannot be stored costs the others nothing; the children of such a show are skipped', async () => {
    const long = 'x'.repeat(501);
    const folder = alpha.library.movies.get(movieTitle(0));
    const show = alpha.library.shows.get(SHOW);
    if (folder === undefined || show === undefined) throw new Error('the samples are gone');
    alpha.library.movies.set(long, folder);
    alpha.library.shows.set(long, show);
    const { servers: results, summary } = await sync();
    expect(results['alpha']).toMatchObject({
      movies: { errors: [{ title: long, code: 'DOCUMENT_INVALID' }] },
      tvShows: { errors: [{ title: long, code: 'DOCUMENT_INVALID' }] },
      seasons: {
        errors: [],
        skippedSeasons: [
          { title: long, seasonNumber: 1 },
          { title: long, seasonNumber: 2 },
        ],
      },
    });
    expect(summary.failed).toBe(2 + 2 + 3);
    expect(await world.database.movies.load(long)).toBeNull();
    expect(await world.database.tvShows.load(SHOW)).not.toBeNull();
  });

  test('a picture or a video that is listed but not there is told and changes nothing', async () => {
    alpha.faults.add({ match: 'Thumbnail\\.jpg(\\?|$)', status: 404 });
    const result = await sync();
    expect(new Set(warningsOf(result))).toEqual(new Set(['FILE_MISSING']));
    expect(result.summary.failed).toBe(0);
  });

  test('a record that cannot be used is a problem and not an error; what is stored of it stays', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    alpha.faults.add({ match: 'listing', body: 'broken-record' });
    const { servers: results, summary } = await sync();
    expect(results['alpha']?.problems.length).toBeGreaterThan(0);
    expect(summary.failed).toBe(0);
    expect(Object.keys((await catalogueOf(world.connection)).FlatMovies)).toEqual(
      Object.keys(before.FlatMovies),
    );
  });
});

describe('what a run may not do', () => {
  test('delete: titles that no server lists any more stay, and what was entered by hand (CL-1, CL-8, B-7)', async () => {
    await sync();
    await world.connection.catalogue
      .collection('FlatMovies')
      .insertOne({ originalTitle: 'By hand', title: 'By hand', manualEntry: true });
    const before = await catalogueOf(world.connection);
    for (const { library } of [alpha, beta]) library.removeMovie(movieTitle(0));
    alpha.library.removeShow(SHOW);
    beta.library.removeShow(SHOW);
    const { errors } = await sync({ acceptShrunken: true });
    expect(errors).toEqual([]);
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('hand over what a silent server owns, or remove anything meanwhile (AV-4, B-7, D-1)', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    await alpha.down();
    beta.library.replacePoster(movieTitle(0));
    const { errors, summary } = await sync();
    expect(errors).toMatchObject([{ serverId: 'alpha', code: 'SERVER_UNREACHABLE' }]);
    expect(summary).toMatchObject({ created: 0, updated: 0 });
    expect(await catalogueOf(world.connection)).toEqual(before);
    await alpha.up();
    await sync();
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('believe an empty listing: nothing is handed over or removed, and it is told (AV-4, Appendix B #9)', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    for (const title of [...alpha.library.movies.titles()]) alpha.library.removeMovie(title);
    beta.library.replacePoster(movieTitle(0));
    beta.library.removeAsset(movieTitle(1), 'poster');
    const { errors, summary, servers: results } = await sync();
    expect(errors).toMatchObject([{ serverId: 'alpha', code: 'LISTING_SHRUNKEN' }]);
    expect(results).not.toHaveProperty('alpha');
    expect(summary).toMatchObject({ created: 0, updated: 0, failed: 0 });
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('believe one that has lost most of what others would take over, unless it is told to (AV-4, CL-3)', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    for (const title of libraries.shared) alpha.library.removeMovie(title);
    expect((await sync()).errors).toMatchObject([{ serverId: 'alpha', code: 'LISTING_SHRUNKEN' }]);
    expect(await catalogueOf(world.connection)).toEqual(before);
    expect((await sync({ acceptShrunken: true })).errors).toEqual([]);
    expect(await movie(movieTitle(0))).toMatchObject({ posterSource: 'beta', videoSource: 'beta' });
    // What nobody would take over, in a listing that is not empty, is no reason to doubt it.
    const [own] = [...alpha.library.movies.titles()];
    alpha.library.removeMovie(String(own));
    expect((await sync()).errors).toEqual([]);
  });

  test('touch a lock that is set while it works (RP-3, B-42)', async () => {
    await sync();
    const title = movieTitle(1);
    alpha.library.replacePoster(title);
    const adapter = world.dependencies.fileServers.get('alpha');
    const fetchFile = adapter.fetchFile.bind(adapter);
    // The metadata file is read before the poster is written.
    jest.spyOn(adapter, 'fetchFile').mockImplementation(async (content, url, options) => {
      if (content === 'metadata' && options.title === title)
        await edit(title, {
          $set: { lockedFields: { posterURL: true }, posterURL: 'https://example.com/ours.jpg' },
        });
      return fetchFile(content, url, options);
    });
    const before = await movie(title);
    const { summary } = await sync();
    expect(summary.failed).toBe(0);
    const { posterBlurhash, posterSource } = before;
    expect(await movie(title)).toMatchObject({
      posterURL: 'https://example.com/ours.jpg',
      posterBlurhash,
      posterSource,
    });
  });

  test('mix captions: each language is its best server’s, and goes with it alone (B-5, AV-7)', async () => {
    const title = movieTitle(2);
    for (const label of ['English', 'French', 'Dutch']) {
      for (const { library } of [alpha, beta])
        if (library.movies.get(title)?.captions.files.some((file) => file.label === label))
          library.removeCaption(title, label);
    }
    alpha.library.addCaption(title, 'English');
    beta.library.addCaption(title, 'English');
    beta.library.addCaption(title, 'French');
    await sync();
    expect(await movie(title)).toMatchObject({
      captionURLs: { English: { sourceServerId: 'alpha' }, French: { sourceServerId: 'beta' } },
    });
    beta.library.removeCaption(title, 'French');
    alpha.library.removeCaption(title, 'English');
    await sync();
    const { captionURLs } = await movie(title);
    expect(captionURLs).toMatchObject({ English: { sourceServerId: 'beta' } });
    expect(captionURLs).not.toHaveProperty('French');
  });

  test('remove fields when only asked what it would remove (§5.3)', async () => {
    await world.dispose();
    world = await FlatWorld.create({ servers, fieldCleanup: 'dry-run' });
    await sync();
    const title = movieTitle(0);
    for (const { library } of [alpha, beta]) library.removeAsset(title, 'poster');
    const { posterURL } = await movie(title);
    expect(warningsOf(await sync())).toContain('FIELD_CLEANUP_DRY_RUN');
    expect(await movie(title)).toMatchObject({ posterURL });
  });
});

describe('what is read', () => {
  test('force reads every file again (CD-5, B-9); otherwise only what a server may have changed', async () => {
    await sync();
    const files = (): Record<string, number> => {
      const { metadata, blurhash } = alpha.stats().classes;
      alpha.resetStats();
      return { metadata: metadata.requests, blurhash: blurhash.requests };
    };
    const first = files();
    await sync({ forceSync: true });
    expect(files()).toEqual(first);
    await sync();
    expect(files()).toEqual({ metadata: MOVIES.both + MOVIES.exclusive, blurhash: 0 });
  });

  test('another hash of the server is reason enough to read the files of an episode again', async () => {
    await sync();
    const gates = world.connection.state.collection<{ applied: Record<string, string> }>('gates');
    const gate = await gates.findOne({ kind: 'episodes', title: SHOW, season: 1 });
    const applied = { ...gate?.applied, '1/metadata hash': 'alpha another' };
    await gates.updateOne({ kind: 'episodes', title: SHOW, season: 1 }, { $set: { applied } });
    alpha.resetStats();
    const { summary } = await sync();
    expect(alpha.stats().classes.metadata.requests).toBe(MOVIES.both + MOVIES.exclusive + 1);
    expect(summary).toMatchObject({ updated: 0, failed: 0 });
    expect((await gates.findOne({ kind: 'episodes', title: SHOW, season: 1 }))?.applied).toEqual(
      gate?.applied,
    );
  });

  test('and the preview of a season; only the server that has previews to read is asked for hashes of seasons', async () => {
    await sync();
    const gates = world.connection.state.collection('gates');
    const season = { kind: 'season', title: SHOW, season: 1 };
    const set = { 'applied.posterBlurhash hash': 'alpha another' };
    expect((await gates.updateOne(season, { $set: set })).matchedCount).toBe(1);
    for (const server of [alpha, beta]) server.resetStats();
    await sync();
    expect(alpha.stats().classes.blurhash.requests).toBe(1);
    // The two lists of all titles, one of the show's seasons, and one of each season's episodes.
    expect(alpha.stats().classes.hashes.requests).toBe(2 + 1 + 2);
    expect(beta.stats().classes.hashes.requests).toBe(2 + 1 + 3);
    const show = beta.library.shows.get(SHOW);
    if (show === undefined) throw new Error('the show is gone');
    // The third is the one season that only the second server has.
    beta.library.shows.set(SHOW, { ...show, seasons: show.seasons.slice(0, 2) });
    beta.resetStats();
    await sync();
    expect(beta.stats().classes.hashes.requests).toBe(2 + 2);
  });

  test('children that were deleted come back, with their show read again (CD-8)', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    await world.connection.catalogue.collection('FlatEpisodes').deleteMany({ seasonNumber: 1 });
    await world.connection.catalogue.collection('FlatSeasons').deleteMany({ seasonNumber: 1 });
    await sync();
    expect(await catalogueOf(world.connection)).toEqual(before);
  });
});

describe('when it ends early', () => {
  test('an aborted run throws; what was written stays, the next one does the rest', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const run = sync({ signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(run).rejects.toBe(reason);
    const half = await world.database.movies.count();
    expect(half).toBeGreaterThan(0);
    expect(await world.database.tvShows.count()).toBe(0);
    await sync();
    expect(await world.database.tvShows.count()).toBe(1);
  });

  test('a database that is gone ends the run instead of failing title by title', async () => {
    await sync();
    await world.connection.close();
    await expect(sync()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await world.dependencies.fileServers.close();
    world = await FlatWorld.create({ servers });
  });
});

describe('syncToFlatStructure', () => {
  test('one server pass over given listings; without a map only that server is known, so nothing is removed (OR-5)', async () => {
    const [server] = servers;
    const headers = { 'x-webhook-id': 'test-webhook' };
    const read = async (kind: string): Promise<Record<string, unknown>> => {
      const response = await fetch(`${alpha.nodeUrl}/media/${kind}`, { headers });
      const listing: Record<string, unknown> = JSON.parse(await response.text());
      return listing;
    };
    const listings = { movies: await read('movies'), tv: await read('tv') };
    const { dependencies } = world;
    const result = await syncToFlatStructure(listings, server, undefined, true, false, { dependencies });
    expect(result).toMatchObject({
      serverId: 'alpha',
      indexes: 'skipped',
      problems: [],
      movies: { errors: [] },
    });
    // Without validators nobody can say what the server's hashes describe (CD-9).
    expect(await movie(movieTitle(0))).not.toHaveProperty('syncHash');
    for (const { library } of [alpha, beta]) library.removeAsset(movieTitle(0), 'poster');
    const changed = { movies: await read('movies'), tv: await read('tv') };
    await syncToFlatStructure(changed, server, undefined, true, false, { dependencies });
    expect(await movie(movieTitle(0))).toHaveProperty('posterURL');
  });

  test('documents carry the id of the run that wrote them', async () => {
    const runId = 'a'.repeat(24);
    await new FlatSync({ ...world.dependencies, newId: () => runId }).syncAll({ skipInitialization: true });
    expect(await movie(movieTitle(0))).toMatchObject({ syncRunId: runId });
  });

  test('no listings are a mistake of the caller', async () => {
    await expect(world.flat.syncToFlatStructure(undefined, servers[0], undefined)).rejects.toMatchObject({
      code: 'LISTING_INVALID',
    });
  });
});
