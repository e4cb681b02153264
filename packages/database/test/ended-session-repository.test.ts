import { EndedSessionRepository, STATE_INDEXES } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const UNTIL = new Date('2026-03-01T12:00:00Z');

let sessions: EndedSessionRepository;
beforeEach(async () => {
  await database.state.collection('endedSessions').deleteMany({});
  sessions = new EndedSessionRepository(database.state);
});

it('finds those that were ended, also when it was said twice', async () => {
  for (const id of ['a', 'b', 'a']) await sessions.end(id, UNTIL);
  await expect(sessions.findEnded(['a', 'c'])).resolves.toEqual(new Set(['a']));
  await expect(sessions.findEnded([])).resolves.toEqual(new Set());
  await expect(database.state.collection('endedSessions').countDocuments()).resolves.toBe(2);
});

it('forgets a session when it would have ended anyway', () => {
  expect(STATE_INDEXES).toContainEqual(
    expect.objectContaining({ collection: 'endedSessions', key: { until: 1 }, expireAfterSeconds: 0 }),
  );
});
