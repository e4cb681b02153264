import { AuditRepository, STATE_INDEXES, type AuditEntry } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

let audit: AuditRepository;
beforeEach(async () => {
  await database.state.collection('audit').deleteMany({});
  audit = new AuditRepository(database.state);
});

const entry = (seconds: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: at(seconds),
  actor: { kind: 'token', name: 'laptop' },
  action: 'queues.pause',
  details: { queue: 'movies' },
  ...more,
});

it('lists the newest first, no more than asked for, and as recorded', async () => {
  const entries = [entry(2), entry(0, { actor: { kind: 'cli', name: 'root' } }), entry(1)];
  for (const one of entries) await audit.record(one);
  await expect(audit.list({ limit: 2 })).resolves.toEqual([entries[0], entries[2]]);
  await expect(audit.list({ limit: 10 })).resolves.toEqual([entries[0], entries[2], entries[1]]);
});

it('keeps every one of many that are recorded in one moment', async () => {
  const actions = Array.from({ length: 50 }, (_, i) => `action.${i}`);
  await Promise.all(actions.map((action) => audit.record(entry(0, { action }))));
  const listed = await audit.list({ limit: 100 });
  expect(listed.map(({ action }) => action).sort()).toEqual([...actions].sort());
});

it('keeps details of any shape as they are: names of members are data', async () => {
  const details = {
    ids: ['a', 'b'],
    filter: { title: "100% Wolf's", 'error.code': 'X', $gt: 1 },
    result: { run: null, at: at(5), counts: { retried: 2 } },
  };
  await audit.record(entry(0, { details }));
  await expect(audit.list({ limit: 1 })).resolves.toEqual([entry(0, { details })]);
});

it('says what is wrong in the words of the project, not of the driver', async () => {
  // A document of more than 16 MB.
  const details = { text: 'x'.repeat(17 * 1024 * 1024) };
  await expect(audit.record(entry(0, { details }))).rejects.toMatchObject({
    name: 'ReelsyncError',
    context: { collection: 'audit', operation: 'record' },
  });
  await expect(audit.list({ limit: 1 })).resolves.toEqual([]);
});

it('is kept for half a year', () => {
  expect(STATE_INDEXES).toContainEqual(
    expect.objectContaining({ collection: 'audit', key: { at: -1 }, expireAfterSeconds: 180 * 24 * 3600 }),
  );
});
