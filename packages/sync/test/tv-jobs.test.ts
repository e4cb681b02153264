import { Readable } from 'node:stream';
import { compareCatalogue, expectedTv } from '@reelsync/sample-library';
import { RunCanceller, type EpisodesRequestOptions } from '@reelsync/sync';
import { Installation } from './support/installation';

const SHOW = 'Breaking Point';
const NOBODY = new AbortController().signal;
const BY_HAND: EpisodesRequestOptions = { trigger: 'cli', urgency: 'person', signal: NOBODY };

describe('jobs of shows, seasons and episodes', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create({ shows: 8, movies: ['100% Wolf', '1923'] });
  });
  afterEach(() => installation.dispose());

  async function scanned(more: { readonly full?: boolean } = {}) {
    const serverIds = ['default', 'server2'];
    const { runId } = await installation.requests.requestScan({
      trigger: 'cli',
      urgency: 'bulk',
      serverIds,
      ...more,
    });
    return installation.ended(runId);
  }

  /** Keys of the units that a run planned, and how they ended. */
  async function unitsOf(runId: string): Promise<Record<string, string | undefined>> {
    const units = await installation.connection.state
      .collection<{ unit: string; outcome?: string }>('runUnits')
      .find({ runId })
      .toArray();
    return Object.fromEntries(units.map(({ unit, outcome }) => [unit, outcome]));
  }

  test('a scan fills the catalogue, parents first, and its run ends when all of it has been done', async () => {
    const { database, alpha, beta } = installation;
    await installation.startWorker();
    const run = await scanned();
    expect(run).toMatchObject({ status: 'done', counts: { failed: 0, created: run.counts.planned } });
    const servers = [alpha, beta].map(({ id, baseUrl, prefix, library }, index) => ({
      id,
      baseUrl,
      prefix,
      library,
      priority: index + 1,
    }));
    const expected = expectedTv(servers);
    const planned = Object.keys(await unitsOf(run.id)).filter((unit) => !unit.startsWith('movie/'));
    expect(planned).toHaveLength(expected.shows.size + 2 * expected.seasons.size);
    const comparison = await compareCatalogue(expected.shows, database.tvShows.findAll(), { kind: 'shows' });
    expect(comparison).toMatchObject({ equal: true, differences: [] });
    expect(await database.seasons.count()).toBe(expected.seasons.size);
    expect(await database.episodes.count()).toBe(expected.episodes.size);
    expect((await scanned()).counts.planned).toBe(0);
    const full = await scanned({ full: true });
    expect(full.counts).toMatchObject({ planned: run.counts.planned, unchanged: run.counts.planned });
  });

  test('one changed episode thumbnail is one job over all queues, beside that of the scan', async () => {
    await installation.startWorker();
    await scanned();
    const before = await installation.jobCounts();
    installation.alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const run = await scanned();
    expect(run.counts).toMatchObject({ planned: 1, updated: 1 });
    expect(await unitsOf(run.id)).toEqual({ [`episodes/1/${SHOW}`]: 'updated' });
    const { scans = 0, episodes = 0 } = before;
    expect(await installation.jobCounts()).toEqual({
      ...before,
      scans: scans + 1,
      episodes: episodes + 1,
    });
  });

  test.each(['before its job begins', 'while its job runs'])(
    'the children of a show become no part of a run that is cancelled %s (decision 0020)',
    async (when) => {
      const { database, requests, connection } = installation;
      const worker = await installation.startWorker();
      await scanned();
      await worker.close();
      const seasons = connection.catalogue.collection('FlatSeasons');
      const { _id: showId } = (await database.tvShows.load(SHOW)) ?? {};
      const season = await seasons.findOne({ showId });
      const number = Number(season?.['seasonNumber']);
      await seasons.deleteOne({ showId, seasonNumber: number });
      await database.gates.requestForce([{ kind: 'season', title: SHOW, season: number }], new Date());

      const shows = { ...BY_HAND, force: true };
      const first = await requests.requestShows(Readable.from([SHOW]), shows);
      const second = await requests.requestShows(Readable.from([SHOW]), shows);
      const canceller = new RunCanceller({
        database,
        producer: installation.producer(),
        now: () => new Date(),
      });
      if (when === 'before its job begins') await canceller.cancel(first.runId);
      else {
        const load = database.gates.load.bind(database.gates);
        jest.spyOn(database.gates, 'load').mockImplementation(async (unit) => {
          if (unit.kind === 'show') await canceller.cancel(first.runId);
          return load(unit);
        });
      }
      await installation.startWorker();
      const run = await installation.ended(second.runId);
      expect(await unitsOf(first.runId)).toEqual({ [`show/${SHOW}`]: 'skipped' });
      expect(await unitsOf(run.id)).toMatchObject({ [`season/${number}/${SHOW}`]: 'created' });
      expect(run.counts).toMatchObject({ created: 1, merged: 0 });
    },
  );

  test('a renamed show renames its children within the same run', async () => {
    await installation.startWorker();
    await scanned();
    installation.alpha.library.renameShow(SHOW, 'Breaking Apart');
    const run = await scanned();
    expect(await unitsOf(run.id)).toEqual({
      [`show/${SHOW}`]: 'updated',
      ...Object.fromEntries(
        [1, 2, 3].flatMap((season) => [
          [`season/${season}/${SHOW}`, 'updated'],
          [`episodes/${season}/${SHOW}`, 'updated'],
        ]),
      ),
    });
    const { _id } = (await installation.database.tvShows.load(SHOW)) ?? {};
    expect(await installation.database.episodes.count({ showId: _id, showTitle: 'Breaking Apart' })).toBe(5);
  });

  test('episodes that are asked for without their show in the catalogue get it first', async () => {
    const { requests, database } = installation;
    const scan = await requests.requestScan({
      trigger: 'cli',
      urgency: 'bulk',
      serverIds: ['default', 'server2'],
    });
    await installation.startWorker();
    await installation.ended(scan.runId);
    for (const collection of ['FlatTVShows', 'FlatSeasons', 'FlatEpisodes'])
      await installation.connection.catalogue.collection(collection).deleteMany({});
    const { runId } = await requests.requestEpisodes(Readable.from([SHOW]), { ...BY_HAND, seasons: [1] });
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', counts: { failed: 0 } });
    expect(await unitsOf(runId)).toMatchObject({ [`episodes/1/${SHOW}`]: 'created' });
    const show = await database.tvShows.load(SHOW);
    expect(await database.episodes.findEpisode(show!._id, 1, 1)).toMatchObject({ showTitle: SHOW });
  });

  test('seasons and episodes of shows can be asked for by number or as a whole; an unknown show is refused', async () => {
    const { requests } = installation;
    await installation.startWorker();
    await scanned();
    const seasons = await requests.requestSeasons(Readable.from([SHOW]), BY_HAND);
    expect(Object.keys(await unitsOf((await installation.ended(seasons.runId)).id)).sort()).toEqual(
      [1, 2, 3].map((season) => `season/${season}/${SHOW}`),
    );
    const episodes = await requests.requestEpisodes(Readable.from([SHOW]), {
      ...BY_HAND,
      seasons: [1],
      episodes: [2],
    });
    expect((await installation.ended(episodes.runId)).counts).toMatchObject({ planned: 1, unchanged: 1 });
    await expect(
      requests.requestEpisodes(Readable.from([SHOW]), { ...BY_HAND, force: true, episodes: [2] }),
    ).rejects.toMatchObject({ code: 'ARGUMENTS_INVALID' });
    const shows = await requests.requestShows(Readable.from([SHOW, '1883']), { ...BY_HAND, force: true });
    expect(await unitsOf((await installation.ended(shows.runId)).id)).toMatchObject({
      [`show/${SHOW}`]: 'unchanged',
      'show/1883': 'unchanged',
    });
    await expect(requests.requestSeasons(Readable.from(['Nobody']), BY_HAND)).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
  });
});
