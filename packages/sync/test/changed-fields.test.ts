import { runIdsOf, SENTINELS, type NumberedEvent } from '@reelsync/core';
import { EventFeed } from '@reelsync/sync';

import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const SCAN = { trigger: 'webhook', urgency: 'webhook', serverIds: ['default', 'server2'] } as const;

const SENTINEL_NAMES: ReadonlySet<string> = new Set(Object.values(SENTINELS));

let installation: Installation;
let feed: EventFeed;
let events: NumberedEvent[];
beforeEach(async () => {
  installation = await Installation.create({ titles: 6, withBrokenTitles: false });
  const { config, database } = installation;
  feed = new EventFeed({ ...config.redis, ...config.events, database, onError: () => undefined });
  events = [];
  feed.bus.subscribeToAll((event) => void events.push(event));
  await feed.start();
  await installation.startWorker();
});
afterEach(async () => {
  await feed.close();
  await installation.dispose();
});

async function scan(force = false): Promise<string> {
  const { runId } = await installation.requests.requestScan({ ...SCAN, force });
  await installation.ended(runId);
  await waitFor(() => ofRun(runId).some(({ entityId }) => entityId === '__sync_complete__'), {
    timeoutMs: 20_000,
  });
  return runId;
}

const ofRun = (runId: string) => events.filter((event) => runIdsOf(event).includes(runId));

/** What the units of a run are said to have changed, by title: to whoever asks, and to whoever listens. */
async function changes(runId: string) {
  const stored = new Map<string, unknown>();
  for await (const { unit, outcome, changedFields } of installation.database.runs.streamEnded(runId))
    stored.set(unit.title, [outcome, [...changedFields].sort()]);
  const told = new Map<string, unknown>();
  for (const { type, entityId, data = {} } of ofRun(runId)) {
    if (type !== 'complete' || SENTINEL_NAMES.has(entityId)) continue;
    const fields = (data['changedFields'] ?? []) as string[];
    told.set(entityId, [data['outcome'], [...fields].sort()]);
  }
  return { stored, told };
}

test('B-30: whoever keeps pages learns which fields of which titles changed, and nothing of those that did not', async () => {
  await scan();
  const { alpha, database } = installation;
  const titles: string[] = [];
  for await (const { originalTitle } of database.movies.findAll({
    metadataSource: 'default',
    posterSource: 'default',
  }))
    titles.push(originalTitle);
  const [edited = '', repainted = '', ...others] = titles;
  alpha.library.editMetadata(edited, { overview: 'Another one.' });
  alpha.library.replacePoster(repainted);

  // Forced: every title is looked at again, and all but two are as they were.
  const { stored, told } = await changes(await scan(true));
  expect(stored.get(edited)).toEqual(['updated', expect.arrayContaining(['metadata'])]);
  expect(stored.get(repainted)).toEqual(['updated', expect.arrayContaining(['posterURL'])]);
  expect(stored.get(edited)).not.toEqual(['updated', expect.arrayContaining(['posterURL'])]);
  expect(stored.get(repainted)).not.toEqual(['updated', expect.arrayContaining(['metadata'])]);
  expect(others.length).toBeGreaterThan(0);
  for (const title of others) expect([title, stored.get(title)]).toEqual([title, ['unchanged', []]]);
  for (const title of titles) expect([title, told.get(title)]).toEqual([title, stored.get(title)]);
});
