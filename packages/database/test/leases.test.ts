import { holdLeases, LeaseRepository, type HeldLeases, type HoldOptions } from '@reelsync/database';
import { waitFor } from '../../../tests/support';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

let leases: LeaseRepository;
beforeEach(async () => {
  await database.state.collection('leases').deleteMany({});
  leases = new LeaseRepository(database.state);
});

describe('LeaseRepository', () => {
  it('gives a lease to one of many who ask at the same time (OR-1)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        new LeaseRepository(database.state).acquire('server/a', `holder-${i}`, at(30), at(0)),
      ),
    );
    expect(answers.filter((lease) => lease !== null)).toMatchObject([{ key: 'server/a', token: 1 }]);
  });

  it('passes it on when it was released or has expired, with a higher token each time', async () => {
    const first = await leases.acquire('k', 'one', at(30), at(0));
    expect(await leases.acquire('k', 'two', at(60), at(29))).toBeNull();
    const second = await leases.acquire('k', 'two', at(60), at(30));
    expect([first?.token, second?.token]).toEqual([1, 2]);
    await leases.release({ key: 'k', token: 2 });
    expect(await leases.acquire('k', 'three', at(60), at(31))).toMatchObject({ token: 3 });
  });

  it('one who holds it already gets a new token, so that its earlier self is fenced off', async () => {
    await leases.acquire('k', 'job-1', at(30), at(0));
    expect(await leases.acquire('k', 'job-1', at(31), at(1))).toMatchObject({ token: 2 });
    expect(await leases.isCurrent({ key: 'k', token: 1 })).toBe(false);
    expect(await leases.renew({ key: 'k', token: 1 }, at(90))).toBe(false);
  });

  it('an expired lease that nobody took can still be renewed; a released one cannot', async () => {
    await leases.acquire('k', 'one', at(30), at(0));
    expect(await leases.renew({ key: 'k', token: 1 }, at(90))).toBe(true);
    await leases.release({ key: 'k', token: 1 });
    expect(await leases.renew({ key: 'k', token: 1 }, at(99))).toBe(false);
  });

  it('a holder that comes back late releases nothing of its successor', async () => {
    await leases.acquire('k', 'one', at(30), at(0));
    await leases.acquire('k', 'two', at(90), at(40));
    await leases.release({ key: 'k', token: 1 });
    expect(await leases.acquire('k', 'three', at(99), at(50))).toBeNull();
  });
});

describe('holdLeases', () => {
  const options = (more: Partial<HoldOptions> = {}): HoldOptions => ({
    keys: ['server/b', 'server/a'],
    holder: 'me',
    ttlMs: 30_000,
    now: () => new Date(),
    signal: new AbortController().signal,
    ...more,
  });
  const untilAborted = ({ signal }: HeldLeases): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });

  it('holds all of them or none', async () => {
    await leases.acquire('server/b', 'other', new Date(Date.now() + 60_000), new Date());
    await expect(holdLeases(leases, options(), () => Promise.resolve())).rejects.toMatchObject({
      code: 'LEASE_HELD',
    });
    expect(await leases.acquire('server/a', 'third', at(30), at(0))).not.toBeNull();
  });

  it('gives them back when the work has ended, well or not', async () => {
    const work = holdLeases(leases, options(), () => Promise.reject(new Error('broken')));
    await expect(work).rejects.toThrow('broken');
    const again = holdLeases(leases, options({ holder: 'you' }), ({ leases: held }) =>
      Promise.resolve([...held.values()].map(({ key, token }) => [key, token])),
    );
    expect(await again).toEqual([
      ['server/a', 2],
      ['server/b', 2],
    ]);
  });

  it('renews: work may last longer than a lease', async () => {
    const expiry = async () =>
      (
        await database.state
          .collection<{ _id: string; expiresAt: Date }>('leases')
          .findOne({ _id: 'server/a' })
      )?.expiresAt;
    await holdLeases(leases, options({ ttlMs: 150 }), async () => {
      const first = await expiry();
      await waitFor(async () => Number(await expiry()) > Number(first) + 300);
    });
  });

  it('tells the work that somebody else took over', async () => {
    const work = holdLeases(leases, options({ ttlMs: 150 }), async (held) => {
      await leases.acquire('server/a', 'other', new Date(Date.now() + 60_000), new Date(Date.now() + 10_000));
      await untilAborted(held);
    });
    await expect(work).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it("aborts the work with the caller's signal", async () => {
    const controller = new AbortController();
    const work = holdLeases(leases, options({ signal: controller.signal }), (held) => {
      const aborted = untilAborted(held);
      controller.abort(new Error('shutting down'));
      return aborted;
    });
    await expect(work).rejects.toThrow('shutting down');
  });
});
