import { ReelsyncError } from '@reelsync/core';
import { TitleWatcher, type TitleUntilListedRequest } from '@reelsync/sync';
import { locateEpisode } from '@reelsync/sample-library';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const NEW = 'Some New Film (2024)';
const QUICK = { firstMs: 50, maxMs: 100, giveUpAfterMs: 60_000 };
interface Show {
  readonly title: string;
  readonly season: string;
  readonly episode: string;
}

/** Ways in which a server cannot be read, and the way back. */
const ABSENCES: readonly (readonly [string, (installation: Installation) => Promise<() => unknown>])[] = [
  [
    'is held back because it is under a critical load',
    async ({ database }) => {
      const now = Date.now();
      await database.serverHolds.hold('default', new Date(now), new Date(now + 3_600_000));
      return () => database.serverHolds.release('default');
    },
  ],
  [
    'does not hand out its listing',
    ({ alpha }) => {
      const id = alpha.faults.add({ match: 'listing', status: 404 });
      return Promise.resolve(() => alpha.faults.remove(id));
    },
  ],
];

const request = (more: Partial<TitleUntilListedRequest> = {}) => ({
  kind: 'movie' as const,
  title: NEW,
  serverIds: ['default'],
  trigger: 'webhook' as const,
  ...more,
});

let installation: Installation;
afterEach(() => installation.dispose());

async function begin(onlyShows: readonly string[]): Promise<void> {
  installation = await Installation.create({ movies: ['100% Wolf', '1923'], onlyShows });
  await installation.startWorker();
  const scan = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' } as const;
  await installation.ended((await installation.requests.requestScan(scan)).runId);
}

const quick = () => installation.requestsOver(installation.config.redis.url, { watchPace: QUICK });
/** A show of the server, with one of its seasons and the first episode of that. */
function anyShow(): Show {
  const { shows } = installation.alpha.library;
  for (const title of shows.titles()) {
    const folder = shows.get(title);
    const place = folder === undefined ? undefined : locateEpisode(folder, 1, 1);
    if (place !== undefined) return { title, ...place };
  }
  throw new Error('no show has a first season');
}
/** Waits until so many scans have been asked for that nobody answered. */
async function unansweredLooks(wanted: number): Promise<void> {
  const seen = new Set<number>();
  await waitFor(
    async () => {
      const [watch] = await installation.database.titleWatches.find();
      if (watch?.lastLookAt !== undefined) seen.add(watch.lastLookAt.getTime());
      return seen.size >= wanted;
    },
    { timeoutMs: 25_000, message: () => `looks: ${seen.size}` },
  );
}
const conditionalRequests = () => installation.alpha.stats().classes.listing.notModified;

describe('a title that is to be synced once its server lists it', () => {
  beforeEach(() => begin([]));

  test('scans again until the listing shows it, then syncs it; the run says after how many scans', async () => {
    const { alpha, database } = installation;
    const before = conditionalRequests();
    const { runId } = await quick().requestTitleUntilListed(request());
    await waitFor(() => conditionalRequests() >= before + 4);
    expect(await database.runs.get(runId)).toMatchObject({
      status: 'running',
      scope: { kind: 'title-until-listed', title: NEW, serverIds: ['default'] },
    });
    alpha.library.addMovie(NEW);
    const run = await installation.ended(runId);
    expect(run).toMatchObject({
      status: 'done',
      note: expect.stringMatching(/^A change of the title was listed after \d+ scans?\.$/),
    });
    // Also counted by it: the scan that the watch asked for belongs to no run, and leaves the title to it (decision 0020).
    expect(run.counts).toMatchObject({ planned: 1, created: 1 });
    expect(await database.movies.load(NEW)).not.toBeNull();
    expect(await database.titleWatches.find()).toEqual([]);
  });

  test('a change that is listed while a look is under way is looked at next, and not when the following look is due', async () => {
    const { alpha, database, requests } = installation;
    await installation.startWorker();
    const titleState = database.inventory.titleState.bind(database.inventory);
    let asked = 0;
    jest.spyOn(database.inventory, 'titleState').mockImplementation(async (...args) => {
      const state = await titleState(...args);
      asked += 1;
      // The first is the request itself, the second its first look.
      if (asked === 2) {
        alpha.library.addMovie(NEW);
        const { runId } = await requests.requestScan({
          serverIds: ['default'],
          trigger: 'cli',
          urgency: 'person',
        });
        await installation.ended(runId);
      }
      return state;
    });
    const watchPace = { ...QUICK, firstMs: 3_600_000, maxMs: 3_600_000 };
    const patient = installation.requestsOver(installation.config.redis.url, { watchPace });
    const { runId } = await patient.requestTitleUntilListed(request({ giveUpAfterMs: 7_200_000 }));
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { planned: 1 } });
  });

  const FAILURE = new ReelsyncError('DATABASE_UNAVAILABLE', 'gone');
  test.each([
    ['watch', () => jest.spyOn(installation.database.titleWatches, 'add')],
    ['term', () => jest.spyOn(installation.database.runs, 'keepAlive')],
  ])('EV-4: when the %s cannot be stored, no run is left that nobody ends', async (_, spyOn) => {
    const { database } = installation;
    const spy = spyOn().mockRejectedValueOnce(FAILURE);
    await expect(quick().requestTitleUntilListed(request())).rejects.toBe(FAILURE);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(await database.runs.list({ limit: 10, status: 'running' })).toEqual([]);
    expect(await database.titleWatches.find()).toEqual([]);
  });

  test('when the inventory cannot be asked there is no run at all: a delivery that is replayed makes only one', async () => {
    const { database } = installation;
    const before = (await database.runs.list({ limit: 10 })).length;
    jest.spyOn(database.inventory, 'titleState').mockRejectedValueOnce(FAILURE);
    await expect(quick().requestTitleUntilListed(request())).rejects.toBe(FAILURE);
    expect(await database.runs.list({ limit: 10 })).toHaveLength(before);
  });

  test('gives up in the end and says so', async () => {
    const { runId } = await quick().requestTitleUntilListed(request({ giveUpAfterMs: 300 }));
    expect(await installation.ended(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CHANGE_NOT_LISTED', message: expect.stringContaining(NEW) },
    });
  });

  test.each(ABSENCES)('a server that %s uses up neither looks nor time', async (_, leave) => {
    const { alpha, database } = installation;
    const comeBack = await leave(installation);
    const { runId } = await quick().requestTitleUntilListed(request({ giveUpAfterMs: 100 }));
    // Of 50 and then 100 ms: far more than the time that it may take.
    await unansweredLooks(5);
    expect(await database.titleWatches.find()).toMatchObject([{ runId, looks: 1 }]);
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
    alpha.library.addMovie(NEW);
    await comeBack();
    expect(await installation.ended(runId)).toMatchObject({ status: 'done' });
  });

  test('while one of its servers cannot be read, the others are asked more and more seldom', async () => {
    const { beta, database } = installation;
    beta.faults.add({ match: 'listing', status: 404 });
    const pauses = new Map<number, number>();
    await installation
      .requestsOver(installation.config.redis.url, { watchPace: { ...QUICK, firstMs: 20, maxMs: 60_000 } })
      .requestTitleUntilListed(request({ serverIds: ['default', 'server2'] }));
    await waitFor(
      async () => {
        const [watch] = await database.titleWatches.find();
        const asked = watch?.lastLookAt?.getTime();
        if (watch !== undefined && asked !== undefined) pauses.set(asked, watch.nextLookAt.getTime() - asked);
        return Math.max(0, ...pauses.values()) >= 16 * 20;
      },
      { timeoutMs: 25_000 },
    );
    expect(await database.titleWatches.find()).toMatchObject([{ looks: 1 }]);
  });

  test('a request that comes while a look is under way is looked for at once', async () => {
    const { database } = installation;
    const watchPace = { ...QUICK, firstMs: 3_600_000, maxMs: 3_600_000 };
    const patient = installation.requestsOver(installation.config.redis.url, { watchPace });
    const titleState = database.inventory.titleState.bind(database.inventory);
    let asked = 0;
    jest.spyOn(database.inventory, 'titleState').mockImplementation(async (...args) => {
      const state = await titleState(...args);
      asked += 1;
      // The first is the request itself, the second its first look.
      if (asked === 2) await patient.requestTitleUntilListed(request());
      return state;
    });
    const { runId } = await patient.requestTitleUntilListed(request());
    await waitFor(async () => {
      const [watch] = await database.titleWatches.find();
      return watch !== undefined && watch.runId !== runId && watch.looks > 0;
    });
  });

  test.each(ABSENCES)('a server that %s is looked at once more before time is up', async (_, leave) => {
    const comeBack = await leave(installation);
    const { runId } = await quick().requestTitleUntilListed(request({ giveUpAfterMs: 1 }));
    await unansweredLooks(3);
    await comeBack();
    expect(await installation.ended(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CHANGE_NOT_LISTED', message: expect.stringMatching(/was listed in \d+ scans?$/) },
    });
  });

  test('a server that cannot be read for a day ends the wait, and the run says why', async () => {
    const { alpha, database } = installation;
    alpha.faults.add({ match: 'listing', status: 404 });
    const { runId } = await quick().requestTitleUntilListed(request({ giveUpAfterMs: 1 }));
    await unansweredLooks(2);
    const inTwoDays = () => new Date(Date.now() + 48 * 3_600_000);
    const watcher = new TitleWatcher({ database, producer: installation.producer(), now: inTwoDays });
    const job = { v: 1 as const, kind: 'movie' as const, title: NEW, serverIds: ['default'] };
    await watcher.look(job, new AbortController().signal);
    expect(await database.runs.get(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CHANGE_NOT_LISTED', message: expect.stringContaining('could not be read') },
    });
  });

  test('clocks of two machines are not compared: looks count wherever they are made, and time is up', async () => {
    const { database } = installation;
    const now = () => new Date(Date.now() + 3_600_000);
    const watcher = new TitleWatcher({ database, producer: installation.producer(), now, pace: QUICK });
    const { runId } = await watcher.request(request({ giveUpAfterMs: 300 }));
    const job = { v: 1 as const, kind: 'movie' as const, title: NEW, serverIds: ['default'] };
    await waitFor(async () => (await watcher.look(job, new AbortController().signal)) === 'over', {
      timeoutMs: 25_000,
    });
    expect(await database.runs.get(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CHANGE_NOT_LISTED', message: expect.stringMatching(/was listed in \d+ scans?$/) },
    });
  });

  test('a newer request for the title supersedes an earlier one, and a change since the earlier one counts', async () => {
    const { alpha, requests } = installation;
    const slow = { watchPace: { firstMs: 60_000, maxMs: 60_000, giveUpAfterMs: 600_000 } };
    const first = await installation
      .requestsOver(installation.config.redis.url, slow)
      .requestTitleUntilListed(request());
    alpha.library.addMovie(NEW);
    const scan = { serverIds: ['server2', 'default'], trigger: 'cli', urgency: 'person' } as const;
    const [second] = await Promise.all([
      quick().requestTitleUntilListed(request()),
      requests.requestScan(scan),
    ]);
    expect(second.status).toBe('merged');
    expect(await installation.ended(second.runId)).toMatchObject({ status: 'done' });
    expect(await installation.ended(first.runId)).toMatchObject({
      status: 'superseded',
      error: { message: expect.stringContaining(second.runId) },
    });
  });

  test('a record that changed since the announcement counts at once', async () => {
    const { alpha, requests } = installation;
    const since = new Date();
    alpha.library.addMovie(NEW);
    const scan = { serverIds: ['default'], trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await requests.requestScan(scan)).runId);
    const { runId } = await requests.requestTitleUntilListed(request({ since }));
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });
});

describe('a show that is watched', () => {
  beforeEach(() => begin(['Breaking Point']));

  test.each([
    [
      'an episode that was added',
      (show: Show) => installation.alpha.library.addEpisode(show.title, show.season),
    ],
    [
      'a picture of a season',
      (show: Show) => installation.alpha.library.replaceSeasonPoster(show.title, show.season),
    ],
    [
      'an episode that is gone',
      (show: Show) => installation.alpha.library.removeEpisode(show.title, show.season, show.episode),
    ],
  ])('of a show, a change of its seasons and episodes counts: %s', async (_, change) => {
    const show = anyShow();
    const { runId } = await quick().requestTitleUntilListed(request({ kind: 'show', title: show.title }));
    const before = conditionalRequests();
    await waitFor(() => conditionalRequests() >= before + 2);
    expect(await installation.database.runs.get(runId)).toMatchObject({ status: 'running' });
    change(show);
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', note: expect.stringMatching(/listed after \d+ scan/) });
    expect(run.counts).toMatchObject({ failed: 0 });
    expect(run.countsByKind.show.planned).toBe(1);
  });
});
