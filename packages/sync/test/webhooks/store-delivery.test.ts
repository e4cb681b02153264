import type { DatabaseAdapter } from '@reelsync/database';
import type { JobPayload } from '@reelsync/queue';
import { storeDelivery } from '@reelsync/sync';
import { Installation } from '../support/installation';

type Payload = JobPayload<'webhook.store'>;

const RECEIVED = '2026-01-02T03:04:05.678Z';

let installation: Installation;
let database: DatabaseAdapter;
beforeAll(async () => {
  installation = await Installation.create({ titles: 2 });
  ({ database } = installation);
});
afterAll(() => installation.dispose());

const store = (payload: Payload) =>
  storeDelivery(payload, { deliveries: database.deliveries, holds: database.serverHolds });

function payloadOf(more: Partial<Payload> = {}): Payload {
  const what = {
    kind: 'orders' as const,
    orders: [{ kind: 'scan' as const, serverIds: ['default'], force: false }],
  };
  const id = database.deliveries.newId();
  return { v: 1, id, endpoint: 'generic', source: 'signed', receivedAt: RECEIVED, what, ...more };
}

test('it is in the inbox as if it had just come, for whoever replays it', async () => {
  const payload = payloadOf({ titles: ['Heat (1995)'], replayKeys: ['id/1'] });
  expect(await store(payload)).toBe('stored');
  expect(await database.deliveries.get(payload.id)).toMatchObject({
    endpoint: 'generic',
    source: 'signed',
    titles: ['Heat (1995)'],
    outcome: 'accepted',
    pending: true,
    receivedAt: new Date(RECEIVED),
  });
  const now = new Date();
  const claimed = await database.deliveries.claim(now, new Date(now.getTime() + 60_000));
  expect(claimed).toMatchObject({ id: payload.id, orders: [{ kind: 'scan', serverIds: ['default'] }] });
});

test('a job that runs twice, or after a write that had seemed to fail, stores it once', async () => {
  const payload = payloadOf({ replayKeys: ['id/2', 'signature/2'] });
  expect(await store(payload)).toBe('stored');
  expect(await store(payload)).toBe('known');
  const lines = await database.deliveries.list({ limit: 100 });
  expect(lines.filter(({ id }) => id === payload.id)).toHaveLength(1);
});

test('the same delivery under another id is a duplicate, and asks for nothing', async () => {
  const payload = payloadOf({ replayKeys: ['id/3', 'signature/2'] });
  expect(await store(payload)).toBe('duplicate');
  expect(await database.deliveries.get(payload.id)).toMatchObject({
    outcome: 'duplicate',
    code: 'WEBHOOK_REPLAYED',
    pending: false,
  });
});

test('a status counts from when it came: one that is old holds nobody back any more', async () => {
  const what = { kind: 'status', serverId: 'default', status: 'critical' } as const;
  const recent = payloadOf({ endpoint: 'status', what, receivedAt: new Date().toISOString() });
  const old = payloadOf({ endpoint: 'status', what: { ...what, serverId: 'server2' } });
  await store(recent);
  await store(old);
  expect(await database.serverHolds.find('default', new Date())).not.toBeNull();
  expect(await database.serverHolds.find('server2', new Date())).toBeNull();
  expect(await database.deliveries.get(recent.id)).toMatchObject({ code: 'SERVER_HELD' });
});
