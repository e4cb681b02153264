import {
  DeliveryRepository,
  ensureIndexes,
  STATE_INDEXES,
  type LeasedDelivery,
  type WebhookOrder,
} from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const SCAN: WebhookOrder = { kind: 'scan', serverIds: ['s1'], force: false };
const MOVIES: WebhookOrder = { kind: 'units', domain: 'movies', titles: ['A'], force: false };
const OUTAGE = { code: 'QUEUE_UNAVAILABLE', message: 'Redis is away' };

let deliveries: DeliveryRepository;
beforeAll(() => ensureIndexes(database.state, STATE_INDEXES));
beforeEach(async () => {
  await database.state.collection('webhookDeliveries').deleteMany({});
  deliveries = new DeliveryRepository(database.state);
});

interface Opening {
  readonly receivedAt?: Date;
  readonly leasedUntil?: Date;
  readonly replayKeys?: readonly string[];
  readonly orders?: readonly WebhookOrder[];
}

/** Null for a duplicate. */
async function open({ receivedAt = T0, leasedUntil = T0, orders = [SCAN], ...rest }: Opening = {}): Promise<
  string | null
> {
  const delivery = { endpoint: 'generic', source: 'x', titles: ['A'], ...rest } as const;
  const id = deliveries.newId();
  return (await deliveries.open(id, { ...delivery, receivedAt, orders, leasedUntil })) ? id : null;
}

async function opened(opening: Opening = {}): Promise<string> {
  const id = await open(opening);
  if (id === null) throw new Error('taken for a duplicate');
  return id;
}

/** A delivery as whoever opened it holds it, or claimed it until then. */
const held = (id: string, leasedUntil = T0) => ({ id, leasedUntil });

const stored = (id: string) =>
  database.state.collection<{ _id: string }>('webhookDeliveries').findOne({ _id: id });

describe('the inbox', () => {
  it('hands out the oldest first, each to one caller, until its lease has ended', async () => {
    const second = await opened({ receivedAt: at(1) });
    const first = await opened({ receivedAt: at(0) });
    await opened({ receivedAt: at(-1), leasedUntil: at(100) });
    const claims = [await deliveries.claim(at(2), at(30)), await deliveries.claim(at(2), at(30))];
    expect(claims.map((entry) => entry?.id)).toEqual([first, second]);
    await expect(deliveries.claim(at(29), at(60))).resolves.toBeNull();
    expect((await deliveries.claim(at(30), at(60)))?.id).toBe(first);
  });

  it('gives an entry to one of many who ask at once', async () => {
    const id = await opened();
    const claims = await Promise.all(Array.from({ length: 20 }, () => deliveries.claim(at(1), at(30))));
    expect(claims.flatMap((entry) => entry?.id ?? [])).toEqual([id]);
  });

  it('forgets an order once it is on the queue, and the last one ends the delivery', async () => {
    const id = await opened({ orders: [SCAN, MOVIES] });
    await deliveries.advance(held(id), 'run1', [MOVIES], at(1));
    expect(await deliveries.claim(at(1), at(2))).toMatchObject({ id, orders: [MOVIES], attempts: 0 });
    await deliveries.advance(held(id, at(2)), 'run2', [], at(2));
    expect(await deliveries.get(id)).toMatchObject({
      outcome: 'accepted',
      pending: false,
      runIds: ['run1', 'run2'],
      titles: ['A'],
    });
    await expect(deliveries.claim(at(100), at(130))).resolves.toBeNull();
  });

  it('counts attempts, outages aside', async () => {
    const id = await opened();
    await deliveries.postpone(held(id), at(5), OUTAGE, false);
    await deliveries.postpone(held(id, at(5)), at(5), OUTAGE, true);
    await expect(deliveries.claim(at(4), at(30))).resolves.toBeNull();
    expect(await deliveries.claim(at(5), at(30))).toMatchObject({ attempts: 1 });
    expect(await deliveries.get(id)).toMatchObject({ pending: true, ...OUTAGE });
    await deliveries.advance(held(id, at(30)), 'run1', [], at(6));
    // What was wrong in between is over.
    expect(await deliveries.get(id)).not.toHaveProperty('code');
  });

  it('lets nothing expire that is still to be done', async () => {
    const waiting = await opened();
    const done = await opened();
    await deliveries.advance(held(done), 'run1', [], at(1));
    const failed = await opened();
    await deliveries.fail(held(failed), { code: 'TITLE_UNKNOWN', message: 'x' }, at(2));
    expect(await stored(waiting)).not.toHaveProperty('finishedAt');
    expect(await stored(done)).toMatchObject({ finishedAt: at(1) });
    expect(await stored(failed)).toMatchObject({ finishedAt: at(2), outcome: 'failed' });
    expect(STATE_INDEXES).toContainEqual(
      expect.objectContaining({
        collection: 'webhookDeliveries',
        key: { finishedAt: 1 },
        expireAfterSeconds: expect.any(Number),
      }),
    );
  });

  it('finds what waits by an index of its own', () => {
    expect(STATE_INDEXES).toContainEqual(
      expect.objectContaining({ name: 'inbox', partial: { pending: { $exists: true } } }),
    );
  });
});

describe('a delivery counts once', () => {
  it.each([
    [['a'], ['a']],
    [['a', 'b'], ['b']],
    [['b'], ['a', 'b']],
  ])('keys %j, then %j', async (first, second) => {
    await opened({ replayKeys: first });
    await expect(open({ replayKeys: second })).resolves.toBeNull();
    await expect(open({ replayKeys: ['c'] })).resolves.not.toBeNull();
  });

  it('knows it also after it has been done', async () => {
    const id = await opened({ replayKeys: ['a'] });
    await deliveries.advance(held(id), 'run1', [], at(1));
    await expect(open({ replayKeys: ['a'] })).resolves.toBeNull();
  });

  it('takes any number of deliveries without keys', async () => {
    await Promise.all([opened(), opened(), opened()]);
    await expect(deliveries.countPending()).resolves.toBe(3);
  });

  it('lets one of many through', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => open({ replayKeys: ['a', 'b'] })));
    expect(results.filter((id) => id !== null)).toHaveLength(1);
  });

  it('takes a delivery in once by its id, also when the first write had seemed to fail', async () => {
    const id = deliveries.newId();
    const delivery = {
      endpoint: 'sync',
      source: 'x',
      receivedAt: T0,
      orders: [SCAN],
      leasedUntil: T0,
    } as const;
    await expect(deliveries.open(id, delivery)).resolves.toBe(true);
    await expect(deliveries.open(id, { ...delivery, orders: [] })).resolves.toBe(false);
    await deliveries.note(id, delivery, 'ignored', { code: 'X', message: 'x' });
    expect(await deliveries.claim(at(1), at(2))).toMatchObject({ id, orders: [SCAN] });
  });
});

describe('the log', () => {
  const facts = { endpoint: 'radarr', source: 'movies', event: 'Grab', receivedAt: T0 } as const;

  it('lists the newest first, by outcome if asked', async () => {
    await deliveries.note(deliveries.newId(), facts, 'ignored', {
      code: 'EVENT_WITHOUT_EFFECT',
      message: 'x',
    });
    await deliveries.note(deliveries.newId(), { ...facts, receivedAt: at(1) }, 'duplicate', {
      code: 'WEBHOOK_REPLAYED',
      message: 'x',
    });
    const accepted = await opened({ receivedAt: at(2) });
    expect((await deliveries.list({ limit: 2 })).map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'duplicate',
    ]);
    expect(await deliveries.list({ limit: 5, outcome: 'ignored' })).toEqual([
      {
        ...facts,
        id: expect.any(String),
        outcome: 'ignored',
        code: 'EVENT_WITHOUT_EFFECT',
        message: 'x',
        runIds: [],
        pending: false,
        count: 1,
      },
    ]);
    expect(await deliveries.get(accepted)).toMatchObject({ pending: true });
    await expect(deliveries.get('none')).resolves.toBeNull();
  });

  it('counts refusals that are alike within a minute in one line', async () => {
    const refuse = (seconds: number, code = 'WEBHOOK_UNAUTHORIZED', source?: string) =>
      deliveries.reject(
        { endpoint: 'radarr', receivedAt: at(seconds), ...(source === undefined ? {} : { source }) },
        { code, message: 'x' },
      );
    await Promise.all([refuse(0), refuse(1), refuse(59)]);
    await Promise.all([
      refuse(60),
      refuse(2, 'WEBHOOK_BODY_INVALID'),
      refuse(3, 'WEBHOOK_BODY_INVALID', 'm'),
    ]);
    const counts = (await deliveries.list({ limit: 10, outcome: 'rejected' })).map(({ count }) => count);
    expect(counts.sort()).toEqual([1, 1, 1, 3]);
  });
});

it('keeps one scan for the end of a hold, at the time that was named last', async () => {
  await deliveries.scheduleScan('s1', 'hold-ended', at(600), at(0));
  await deliveries.scheduleScan('s1', 'hold-ended', at(900), at(300));
  await expect(deliveries.claim(at(899), at(930))).resolves.toBeNull();
  expect(await deliveries.claim(at(900), at(930))).toMatchObject({ source: 's1', orders: [SCAN] });
  await deliveries.advance(held('hold/s1', at(930)), 'run1', [], at(901));
  await deliveries.scheduleScan('s1', 'hold-ended', at(2000), at(1000));
  expect(await deliveries.get('hold/s1')).toMatchObject({ pending: true, runIds: [] });
  expect(await stored('hold/s1')).not.toHaveProperty('finishedAt');
});

it('keeps the scan of a hold that begins while that of the last one is placed (contract §7.2)', async () => {
  await deliveries.scheduleScan('s1', 'hold-ended', at(600), at(0));
  for (const end of [
    (delivery: LeasedDelivery) => deliveries.advance(delivery, 'run1', [], at(602)),
    (delivery: LeasedDelivery) => deliveries.postpone(delivery, at(602), OUTAGE, false),
    (delivery: LeasedDelivery) => deliveries.fail(delivery, OUTAGE, at(602)),
  ]) {
    const claimed = await deliveries.claim(at(5000), at(5030));
    if (claimed === null) throw new Error('not due');
    await deliveries.scheduleScan('s1', 'hold-ended', at(1200), at(601));
    await end(claimed);
    expect(await deliveries.get('hold/s1')).toMatchObject({ pending: true, outcome: 'accepted', runIds: [] });
    await expect(deliveries.claim(at(1199), at(1229))).resolves.toBeNull();
  }
});
