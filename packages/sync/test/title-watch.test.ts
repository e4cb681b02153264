import type { TitleUntilListedRequest } from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const NEW = 'Some New Film (2024)';
const QUICK = { firstMs: 50, maxMs: 100, giveUpAfterMs: 60_000 };
const request = (more: Partial<TitleUntilListedRequest> = {}) => ({
  kind: 'movie' as const,
  title: NEW,
  serverIds: ['default'],
  trigger: 'webhook' as const,
  ...more,
});

describe('a title that is to be synced once its server lists it', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
    await installation.startWorker();
    const scan = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await installation.requests.requestScan(scan)).runId);
  });
  afterEach(() => installation.dispose());

  const quick = () => installation.requestsOver(installation.config.redis.url, { watchPace: QUICK });
  const conditionalRequests = () => installation.alpha.stats().classes.listing.notModified;

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
    expect(run).toMatchObject({ status: 'done', note: expect.stringMatching(/listed after \d+ scan/) });
    expect(run.counts.planned).toBe(1);
    expect(await database.movies.load(NEW)).not.toBeNull();
    expect(await database.titleWatches.find()).toEqual([]);
  });

  test('gives up in the end and says so', async () => {
    const { runId } = await quick().requestTitleUntilListed(request({ giveUpAfterMs: 300 }));
    expect(await installation.ended(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'CHANGE_NOT_LISTED', message: expect.stringContaining(NEW) },
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
