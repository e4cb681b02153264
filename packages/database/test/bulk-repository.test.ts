import { BulkRepository, STATE_INDEXES, type BulkCursor } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const REQUIRED = {
  domain: 'episodes',
  source: 'titles',
  force: true,
  missingOnly: false,
  dryRun: false,
  trigger: 'admin',
} as const;
const SCOPE = {
  ...REQUIRED,
  operations: ['metadata', 'assets'],
  seasons: [0, 2],
  requester: 'laptop',
} as const;
const cursor = (position: number, more: Partial<BulkCursor> = {}): BulkCursor => ({
  position,
  planned: position - 1,
  skipped: 0,
  unknown: 1,
  ...more,
});

let bulk: BulkRepository;
beforeEach(async () => {
  await database.state.collection('bulkRequests').deleteMany({});
  bulk = new BulkRepository(database.state);
});

it('begins before the first title, and is found again as it was asked for', async () => {
  const created = await bulk.create(SCOPE, T0);
  expect(created).toEqual({
    ...SCOPE,
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    position: 0,
    planned: 0,
    skipped: 0,
    unknown: 0,
    status: 'open',
    updatedAt: T0,
  });
  await expect(bulk.get(created.id)).resolves.toEqual(created);
  await expect(bulk.get('f'.repeat(24))).resolves.toBeNull();
  // What is not known is absent, and not null.
  const bare = await bulk.create({ ...REQUIRED, total: 7 }, T0);
  expect(Object.keys((await bulk.get(bare.id)) ?? {}).sort()).toEqual(
    ['id', 'position', 'planned', 'skipped', 'unknown', 'status', 'updatedAt', 'total']
      .concat(Object.keys(REQUIRED))
      .sort(),
  );
});

it('moves on from where it is, and not from anywhere else', async () => {
  const { id } = await bulk.create(SCOPE, T0);
  const after = { kind: 'episodes', title: "100% Wolf's. $x", season: 0 } as const;
  await expect(bulk.advance(id, 0, cursor(500, { after }), at(1))).resolves.toBe(true);
  // The same chunk once more: its answer was lost.
  await expect(bulk.advance(id, 0, cursor(300), at(2))).resolves.toBe(false);
  await expect(bulk.advance(id, 700, cursor(900), at(2))).resolves.toBe(false);
  await expect(bulk.advance('f'.repeat(24), 0, cursor(1), at(2))).resolves.toBe(false);
  await expect(bulk.get(id)).resolves.toMatchObject({ ...cursor(500), after, updatedAt: at(1) });
  await expect(bulk.advance(id, 500, cursor(700), at(3))).resolves.toBe(true);
});

it('of many who take the same chunk, one moves it on', async () => {
  const { id } = await bulk.create(SCOPE, T0);
  const moved = await Promise.all(
    Array.from({ length: 20 }, (_, i) => bulk.advance(id, 0, cursor(100, { skipped: i }), at(i))),
  );
  expect(moved.filter(Boolean)).toHaveLength(1);
  await expect(bulk.get(id)).resolves.toMatchObject({ position: 100, skipped: moved.indexOf(true) });
});

it('takes a chunk without changing anything when nothing in it was new', async () => {
  const { id } = await bulk.create(SCOPE, T0);
  const nothing = { position: 0, planned: 0, skipped: 0, unknown: 0 };
  await expect(bulk.advance(id, 0, nothing, T0)).resolves.toBe(true);
});

it('remembers its latest run, and that it is finished', async () => {
  const { id } = await bulk.create(SCOPE, T0);
  const other = await bulk.create(SCOPE, T0);
  await bulk.useRun(id, 'a'.repeat(24));
  await bulk.useRun(id, 'b'.repeat(24));
  await bulk.finish(id, at(9));
  await expect(bulk.get(id)).resolves.toMatchObject({
    runId: 'b'.repeat(24),
    status: 'finished',
    position: 0,
    updatedAt: at(9),
  });
  await expect(bulk.get(other.id)).resolves.toEqual(other);
});

it('is kept as long as runs are, counted from its last step', () => {
  expect(STATE_INDEXES).toContainEqual(
    expect.objectContaining({
      collection: 'bulkRequests',
      key: { updatedAt: 1 },
      expireAfterSeconds: 30 * 24 * 3600,
    }),
  );
});
