import { waitFor } from '../support';
import { openEventStream, type EventStreamClient } from '../support/event-stream-client';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 60 });
  installation = await Installation.open(stage);
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

async function signIn(apiUrl: string): Promise<string> {
  const response = await fetch(`${apiUrl}/login`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin', password: 'admin-secret' }),
    headers: { Origin: apiUrl },
    redirect: 'manual',
  });
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');
}

async function follow(apiUrl: string, path: string, lastEventId?: string): Promise<EventStreamClient> {
  const client = await openEventStream(apiUrl + path, {
    Cookie: await signIn(apiUrl),
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  });
  expect(client.response.status).toBe(200);
  return client;
}

const isEnd = ({ data }: { data: Record<string, unknown> }): boolean =>
  data['entityId'] === '__sync_complete__';

test('EV-2: two API processes tell the same events in the same order; one that is killed and comes back misses none', async () => {
  const [first, second] = [await installation.startApi(), await installation.startApi()];
  const events = '/api/v1/events?lastEventId=0';
  const whole = await follow(first.value, events);
  const before = await follow(second.value, events);
  await installation.startWorker();
  const scanning = installation.scan();
  await waitFor(() => before.messages().length >= 20, { timeoutMs: 20_000 });
  const page = await follow(first.value, '/api/authenticated/admin/sync-stream');
  second.kill('SIGKILL');
  await before.ended;
  const third = await installation.startApi();
  const after = await follow(third.value, events, before.lastEventId());

  const run = await scanning;
  expect(run).toMatchObject({ status: 'done', failed: 0, created: run.planned });
  await waitFor(() => whole.messages().some(isEnd) && after.messages().some(isEnd), { timeoutMs: 20_000 });
  await page.ended;
  const told = whole.messages();
  expect([...before.messages(), ...after.messages()]).toEqual(told);
  expect(told.every(({ id }, i) => i === 0 || Number(id) === Number(told[i - 1]?.id) + 1)).toBe(true);
  const units = told.filter(
    ({ data }) => data['type'] === 'complete' && !String(data['entityId']).startsWith('__sync'),
  );
  expect(
    units.filter(({ data }) => !String(data['entityId']).match(/^__(server|library|schedule)/)),
  ).toHaveLength(run.planned);
  expect(page.messages().at(-1)?.data).toMatchObject({
    entityId: '__sync_complete__',
    totals: { processed: run.planned, errors: 0, total: run.planned },
  });

  // A process that is stopped in order ends its streams and does not wait for them.
  const stopAt = performance.now();
  await first.stop();
  await whole.ended;
  expect(performance.now() - stopAt).toBeLessThan(4000);
  after.close();
  // Five processes are started, one after the other on a busy machine.
}, 120_000);
