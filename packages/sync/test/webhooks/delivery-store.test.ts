import { ReelsyncError } from '@reelsync/core';
import { DeliveryStore } from '@reelsync/sync';

const away = () => Promise.reject(new ReelsyncError('DATABASE_UNAVAILABLE', 'no server'));
const hung = () => new Promise<never>(() => undefined);
const delivery = {
  id: 'a'.repeat(24),
  facts: { endpoint: 'sync', source: 'default', receivedAt: new Date('2026-01-02T03:04:05Z') },
  meaning: { kind: 'orders', orders: [{ kind: 'scan', serverIds: ['default'], force: false }] },
} as const;

let queued: unknown[];
let queueReady: boolean;
let store: DeliveryStore;
let enqueueFault: Error | undefined;
beforeEach(() => {
  queued = [];
  queueReady = true;
  enqueueFault = undefined;
  store = new DeliveryStore({
    patienceMs: 20,
    isQueueReady: () => queueReady,
    producer: {
      enqueue: (name, payload) => {
        if (enqueueFault !== undefined) return Promise.reject(enqueueFault);
        queued.push([name, payload]);
        return Promise.resolve({ status: 'created', jobId: 'x' });
      },
    },
  });
});

test('what MongoDB takes never reaches the queue', async () => {
  const kept = await store.keep(delivery, () => Promise.resolve(true));
  expect(kept).toEqual({ place: 'database', value: true });
  expect(queued).toEqual([]);
});

test.each([
  ['refuses', away],
  ['hangs', hung],
])(
  'a MongoDB that %s: the delivery waits on the queue, and the next ones do not wait for MongoDB',
  async (_, fault) => {
    expect(await store.keep(delivery, fault)).toEqual({ place: 'queue', status: 'created' });
    expect(queued).toEqual([['webhook.store', expect.objectContaining({ v: 1, id: delivery.id })]]);
    const ask = jest.fn(hung);
    await Promise.all(Array.from({ length: 20 }, () => store.keep(delivery, ask)));
    expect(ask).not.toHaveBeenCalled();
    expect(queued).toHaveLength(21);
  },
);

test('neither takes it: the fault of MongoDB is told, and MongoDB is asked each time', async () => {
  queueReady = false;
  const ask = jest.fn(away);
  for (let i = 0; i < 3; i += 1)
    await expect(store.keep(delivery, ask)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(ask).toHaveBeenCalledTimes(3);
  expect(queued).toEqual([]);
});

test('a queue that fails while MongoDB counts as away: MongoDB is asked, it may be back', async () => {
  await store.keep(delivery, away);
  enqueueFault = new ReelsyncError('QUEUE_UNAVAILABLE', 'Redis hangs');
  expect(await store.keep(delivery, () => Promise.resolve(true))).toEqual({ place: 'database', value: true });
  await expect(store.keep(delivery, away)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('a fault of the delivery itself is no outage', async () => {
  const invalid = () => Promise.reject(new ReelsyncError('DOCUMENT_INVALID', 'too large'));
  await expect(store.keep(delivery, invalid)).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
  expect(queued).toEqual([]);
});
