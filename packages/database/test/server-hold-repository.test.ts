import { ServerHoldRepository, STATE_INDEXES } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

let holds: ServerHoldRepository;
beforeEach(async () => {
  await database.state.collection('serverHolds').deleteMany({});
  holds = new ServerHoldRepository(database.state);
});

it('holds a server until its time has come, also while its document still exists', async () => {
  await expect(holds.find('s1', T0)).resolves.toBeNull();
  await holds.hold('s1', T0, at(600));
  await expect(holds.find('s1', at(599))).resolves.toEqual({ serverId: 's1', since: T0, until: at(600) });
  await expect(holds.find('s1', at(600))).resolves.toBeNull();
  await expect(holds.find('s2', at(1))).resolves.toBeNull();
  expect(STATE_INDEXES).toContainEqual(
    expect.objectContaining({ collection: 'serverHolds', key: { until: 1 }, expireAfterSeconds: 0 }),
  );
});

it('holds it for longer when it says so again, and remembers since when', async () => {
  await holds.hold('s1', T0, at(600));
  await holds.hold('s1', at(120), at(720));
  await expect(holds.find('s1', at(700))).resolves.toEqual({ serverId: 's1', since: T0, until: at(720) });
});

it('says whether there was something to release', async () => {
  await holds.hold('s1', T0, at(600));
  await expect(holds.release('s1')).resolves.toBe(true);
  await expect(holds.release('s1')).resolves.toBe(false);
  await expect(holds.find('s1', at(1))).resolves.toBeNull();
});

it('lists the servers that are held now', async () => {
  await holds.hold('s2', T0, at(600));
  await holds.hold('s1', at(60), at(660));
  await expect(holds.list(at(599))).resolves.toEqual([
    { serverId: 's1', since: at(60), until: at(660) },
    { serverId: 's2', since: T0, until: at(600) },
  ]);
  await expect(holds.list(at(600))).resolves.toMatchObject([{ serverId: 's1' }]);
});
