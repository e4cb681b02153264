import { OPERATIONS } from '@reelsync/core';
import {
  backoffDelayMs,
  JOB_CATALOG,
  PRIORITIES,
  priorityOf,
  queuesOf,
  scanKey,
  scanOfKey,
  scheduleKey,
  type JobPayload,
} from '@reelsync/queue';
import fc from 'fast-check';

const runId = fc.stringMatching(/^[0-9a-f]{24}$/);
const movieSync: fc.Arbitrary<JobPayload<'movie.sync'>> = fc.record(
  {
    v: fc.constant(1 as const),
    title: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
    runId,
    operations: fc.uniqueArray(fc.constantFrom(...OPERATIONS), { minLength: 1 }),
  },
  { requiredKeys: ['v', 'title'] },
);
const libraryScan: fc.Arbitrary<JobPayload<'library.scan'>> = fc.record({
  v: fc.constant(1 as const),
  serverIds: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
  full: fc.boolean(),
  force: fc.boolean(),
  acceptShrunken: fc.boolean(),
});

describe('job catalog', () => {
  const { schema: movieSchema, deduplication: movieDedup } = JOB_CATALOG['movie.sync'];
  const { schema: scanSchema, deduplication: scanDedup } = JOB_CATALOG['library.scan'];

  it('payloads survive the way through Redis unchanged', () => {
    fc.assert(
      fc.property(movieSync, (payload) => {
        expect(movieSchema.parse(JSON.parse(JSON.stringify(payload)))).toEqual(payload);
      }),
    );
    fc.assert(
      fc.property(libraryScan, (payload) => {
        expect(scanSchema.parse(JSON.parse(JSON.stringify(payload)))).toEqual(payload);
      }),
    );
  });

  it('requests merge exactly when they ask for the same unit and the same operations', () => {
    fc.assert(
      fc.property(movieSync, movieSync, (a, b) => {
        const ask = ({ title, operations }: JobPayload<'movie.sync'>) =>
          JSON.stringify([title, operations && [...operations].sort()]);
        expect(movieDedup.key(a) === movieDedup.key(b)).toBe(ask(a) === ask(b));
      }),
    );
  });

  it('the key of a scan tells what is scanned; the key of anything else does not', () => {
    fc.assert(
      fc.property(libraryScan, (scan) => {
        const serverIds = [...new Set(scan.serverIds)].sort();
        expect(scanOfKey(scanKey(scan))).toEqual({ ...scan, serverIds });
      }),
    );
    expect(scanOfKey(scheduleKey('sweep'))).toBeUndefined();
    expect(scanOfKey(scheduleKey('scan/default'))).toBeUndefined();
  });

  it('no title can imitate a request for some operations', () => {
    const subset = movieDedup.key({ v: 1, title: 'Heat', operations: ['assets'] });
    fc.assert(
      fc.property(fc.constantFrom(subset, `movie/${subset}`, subset.replace('movie/', '')), (title) => {
        expect(movieDedup.key({ v: 1, title })).not.toBe(subset);
      }),
    );
  });

  it('scans of the same servers merge in any order, but only when they ask for the same', () => {
    const plain = { v: 1 as const, serverIds: ['a', 'b'], full: false, force: false, acceptShrunken: false };
    const key = scanDedup.key(plain);
    expect(scanDedup.key({ ...plain, serverIds: ['b', 'a', 'b'] })).toBe(key);
    for (const other of [{ serverIds: ['a,b'] }, { full: true }, { force: true }, { acceptShrunken: true }]) {
      expect(scanDedup.key({ ...plain, ...other })).not.toBe(key);
    }
  });

  it.each([
    ['an empty title', { v: 1, title: '' }],
    ['a title of more than 1000 characters', { v: 1, title: 'x'.repeat(1001) }],
    ['an unknown version', { v: 2, title: 'Heat' }],
    ['what changed instead of which unit', { v: 1, title: 'Heat', poster: 'poster.jpg' }],
    ['an unknown operation', { v: 1, title: 'Heat', operations: ['everything'] }],
    ['a run id that is none', { v: 1, title: 'Heat', runId: 'run 1' }],
  ])('refuses %s', (_, payload) => {
    expect(movieSchema.safeParse(payload).success).toBe(false);
  });

  it('seasons and episodes of one number, and movies and shows of one title, are different jobs', () => {
    const titled = { v: 1 as const, title: 'Heat' };
    const numbered = { ...titled, season: 1 };
    const keys = [
      movieDedup.key(titled),
      JOB_CATALOG['show.sync'].deduplication.key(titled),
      JOB_CATALOG['season.sync'].deduplication.key(numbered),
      JOB_CATALOG['season.sync'].deduplication.key({ ...numbered, season: 11 }),
      JOB_CATALOG['episodes.sync'].deduplication.key(numbered),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('requests for episodes by number merge with those for the same numbers, and never with the whole season', () => {
    const { deduplication, schema } = JOB_CATALOG['episodes.sync'];
    const season = { v: 1 as const, title: 'Heat', season: 1 };
    const some = deduplication.key({ ...season, episodes: [10, 9] });
    expect(deduplication.key({ ...season, episodes: [9, 10, 9] })).toBe(some);
    const others = [
      season,
      { ...season, episodes: [9] },
      { ...season, episodes: [9, 10], operations: ['assets' as const] },
    ];
    for (const other of others) expect(deduplication.key(other)).not.toBe(some);
    expect(schema.safeParse({ ...season, episodes: [] }).success).toBe(false);
    expect(schema.safeParse({ ...season, episodes: [0] }).success).toBe(false);
    expect(JOB_CATALOG['season.sync'].schema.safeParse({ ...season, episodes: [1] }).success).toBe(false);
  });

  it.each([
    { v: 1, title: 'Heat' },
    { v: 1, title: 'Heat', season: -1 },
    { v: 1, title: 'Heat', season: 1.5 },
  ])('refuses a season without a number: %j', (payload) => {
    expect(JOB_CATALOG['season.sync'].schema.safeParse(payload).success).toBe(false);
    expect(JOB_CATALOG['episodes.sync'].schema.safeParse(payload).success).toBe(false);
  });

  it('back-off doubles, is spread, and never passes its cap', () => {
    const policy = { baseMs: 1000, capMs: 60_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const delay = backoffDelayMs(policy, attempt, () => random);
          const full = Math.min(60_000, 1000 * 2 ** (attempt - 1));
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });

  it('the name of a priority comes back from its number', () => {
    for (const [name, number] of Object.entries(PRIORITIES)) expect(priorityOf(number)).toBe(name);
    expect(priorityOf(70)).toBe('sweep');
  });

  it('every priority is a priority: 0 would overtake all others', () => {
    expect(Math.min(...Object.values(PRIORITIES))).toBeGreaterThan(0);
  });

  it('lists each queue once', () => {
    expect(queuesOf(JOB_CATALOG)).toEqual(['movies', 'shows', 'seasons', 'episodes', 'scans', 'schedules']);
  });
});
