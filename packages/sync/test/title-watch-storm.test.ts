import { locateEpisode } from '@reelsync/sample-library';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const EVENTS = 200;
/** As many as the API places at once. */
const AT_ONCE = 8;

test('200 episode events of one show cost few jobs and leave no watch behind (arr-webhooks §7)', async () => {
  const installation = await Installation.create({
    movies: ['100% Wolf', '1923'],
    onlyShows: ['Breaking Point'],
  });
  try {
    const { alpha, database } = installation;
    const title = 'Breaking Point';
    const show = alpha.library.shows.get(title);
    const place = show === undefined ? undefined : locateEpisode(show, 1, 1);
    if (place === undefined) throw new Error(`'${title}' has no first season`);
    const worker = await installation.startWorker();
    const scan = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await installation.requests.requestScan(scan)).runId);
    await worker.close();
    const jobs = async () => Object.values(await installation.jobCounts()).reduce((sum, n) => sum + n, 0);
    const before = await jobs();

    // A burst is over before a worker has looked once; a slow machine must not make more of it.
    const runIds: string[] = [];
    while (runIds.length < EVENTS) {
      const request = { kind: 'show', title, serverIds: ['default'], trigger: 'webhook' } as const;
      const receipts = await Promise.all(
        Array.from({ length: AT_ONCE }, () => installation.requests.requestTitleUntilListed(request)),
      );
      runIds.push(...receipts.map(({ runId }) => runId));
    }
    expect(await jobs()).toBe(before + 1);
    // Those that were placed at the same moment do not see each other; they share the look.
    expect((await database.titleWatches.find()).length).toBeLessThanOrEqual(AT_ONCE);

    alpha.library.addEpisode(title, place.season);
    await installation.startWorker();
    await waitFor(async () => (await database.runs.findRunning(runIds)).size === 0, { timeoutMs: 20_000 });
    const runs = await Promise.all(runIds.map((runId) => database.runs.get(runId)));
    expect(new Set(runs.map((run) => run?.status))).toEqual(new Set(['done', 'superseded']));
    expect(await database.titleWatches.find()).toEqual([]);
    // Looks, a scan, and the units of one show.
    expect((await jobs()) - before).toBeLessThan(25);
  } finally {
    await installation.dispose();
  }
}, 90_000);
