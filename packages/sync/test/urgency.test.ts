import { PRIORITIES } from '@reelsync/queue';
import type { TitlesRequestOptions } from '@reelsync/sync';
import { urgencyOfUnits } from '../src/requests/urgency';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const BOTH = ['default', 'server2'];
const NOBODY = new AbortController().signal;
const TITLE = '100% Wolf';

/** The order of issue 5: a person's title, a webhook's title, then what scans found. */
describe('what overtakes what', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(() => installation.dispose());

  test.each([
    ['a webhook', { trigger: 'webhook', urgency: 'webhook' }, 'schedule'],
    ['a schedule', { trigger: 'schedule', urgency: 'schedule' }, 'schedule'],
    ['a person', { trigger: 'cli', urgency: 'person' }, 'bulk'],
  ] as const)('a title that a webhook names overtakes what a scan of %s found', async (_, origin, found) => {
    const { database, requests } = installation;
    const queues = installation.queues();
    // Nothing is done, so that all of it waits.
    await queues.movies.pause();
    await installation.startWorker();
    const { runId } = await requests.requestScan({ ...origin, serverIds: BOTH });
    await waitFor(async () => (await database.runs.get(runId))?.planningDone);
    const waiting = async () => {
      const jobs = await queues.movies.getPrioritized();
      return jobs.sort((one, other) => one.priority - other.priority);
    };
    const all = await waiting();
    expect(all.length).toBeGreaterThan(10);
    expect(new Set(all.map(({ priority }) => priority))).toEqual(new Set([PRIORITIES[found]]));

    const titles = (options: Pick<TitlesRequestOptions, 'trigger' | 'urgency'>, title: string) =>
      requests.requestMovies(streamOf(title), { ...options, signal: NOBODY });
    await titles({ trigger: 'webhook', urgency: 'webhook' }, TITLE);
    expect((await waiting())[0]).toMatchObject({ data: { title: TITLE }, priority: PRIORITIES.webhook });
    const other = [...installation.alpha.library.movies.titles()].find((title) => title !== TITLE) ?? '';
    await titles({ trigger: 'cli', urgency: 'person' }, other);
    expect((await waiting()).slice(0, 2)).toMatchObject([
      { data: { title: other }, priority: PRIORITIES.person },
      { data: { title: TITLE }, priority: PRIORITIES.webhook },
    ]);
    await queues.movies.resume();
    expect(await installation.ended(runId)).toMatchObject({ status: 'done' });
  });
});

test('units that the sweep gives new jobs are no more urgent than they were', () => {
  const scan = { kind: 'servers', serverIds: ['default'], full: false, force: false } as const;
  const titles = { kind: 'titles', domain: 'movies', force: false } as const;
  expect(urgencyOfUnits({ trigger: 'webhook', scope: scan })).toBe('schedule');
  expect(urgencyOfUnits({ trigger: 'cli', scope: scan })).toBe('bulk');
  expect(urgencyOfUnits({ trigger: 'cli', scope: titles })).toBe('person');
  expect(urgencyOfUnits({ trigger: 'cli', scope: { ...titles, bulkId: 'b' } })).toBe('bulk');
  expect(urgencyOfUnits({ trigger: 'cli', scope: { ...titles, kind: 'domain' } })).toBe('bulk');
  expect(urgencyOfUnits({ trigger: 'cli', scope: { kind: 'failed-jobs', filter: {} } })).toBe('bulk');
  expect(urgencyOfUnits({ trigger: 'schedule', scope: { kind: 'sweep' } })).toBe('sweep');
});
