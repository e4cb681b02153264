import { RunRepository, type RunScope } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12) + seconds * 1000);
const SCOPE: RunScope = { kind: 'titles', domain: 'movies', force: false };

let runs: RunRepository;
beforeEach(async () => {
  await database.state.collection('runs').deleteMany({});
  runs = new RunRepository(database.state);
});

describe('runs that wait for listings', () => {
  const waiting = (unreadServers: readonly string[]) =>
    runs.create({ trigger: 'cli', scope: SCOPE, unreadServers, startedAt: at(0) });

  it('are told to one caller when the last server has been read, also when that is said twice', async () => {
    const id = await waiting(['a', 'b']);
    await runs.donePlanning(id);
    expect(await runs.listings.awaited(['b', 'c'])).toEqual(['b']);
    expect(await runs.listings.findUnread(at(30))).toEqual([
      { serverId: 'a', triggers: ['cli'] },
      { serverId: 'b', triggers: ['cli'] },
    ]);
    expect(await runs.listings.read('a', [id], '1')).toEqual([]);
    expect(await runs.listings.read('a', [id], '2')).toEqual([]);
    expect(await runs.listings.findAwaiting('a')).toEqual([]);
    expect(await runs.listings.findAwaiting('b')).toEqual([id]);
    expect(await runs.listings.findReady(at(30))).toEqual([]);
    const told = await Promise.all(['3', '4'].map((starter) => runs.listings.read('b', [id], starter)));
    expect(told.flat()).toEqual([{ id, trigger: 'cli' }]);
    expect(await runs.listings.claimStart(id, '5')).toBe(false);
    // Until somebody says that the units have been started: who wanted to may have died.
    expect(await runs.listings.findReady(at(30))).toEqual([{ id, trigger: 'cli' }]);
    expect(await runs.listings.findReady(at(0))).toEqual([]);
    await runs.listings.started(id);
    expect(await runs.listings.findReady(at(30))).toEqual([]);
  });

  it('are left to their producer while it plans, and to nobody once they have ended', async () => {
    const [planned, cancelled] = [await waiting(['a']), await waiting(['a'])];
    await runs.donePlanning(cancelled);
    await runs.withdraw(cancelled, 'cancelled', { code: 'RUN_CANCELLED', message: '' }, at(5));
    expect(await runs.listings.findAwaiting('a')).toEqual([planned]);
    expect(await runs.listings.read('a', [planned, cancelled], '1')).toEqual([]);
    await runs.donePlanning(planned);
    expect(await runs.listings.claimStart(planned, '2')).toBe(true);
    expect(await runs.listings.claimStart(planned, '3')).toBe(false);
  });
});
