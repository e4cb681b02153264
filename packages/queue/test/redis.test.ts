import { redactRedisUrl } from '@reelsync/queue';

import { evaluate } from '../src/redis/check-redis';

describe('Redis settings', () => {
  const good = { redis_version: '7.0.15', maxmemory_policy: 'noeviction', aof_enabled: '1' };
  const check = (overrides: Partial<typeof good>) =>
    evaluate(new Map(Object.entries({ ...good, ...overrides })));

  it.each([
    ['good settings', {}, true, 0],
    ['an eviction policy', { maxmemory_policy: 'volatile-lru' }, false, 1],
    ['a version before 6.2', { redis_version: '6.0.16' }, false, 1],
    ['version 6.2', { redis_version: '6.2.0' }, true, 0],
    ['version 10', { redis_version: '10.0.0' }, true, 0],
    ['no append-only file, which is a warning only', { aof_enabled: '0' }, true, 1],
  ])('judges %s', (_, overrides, ok, problems) => {
    const result = check(overrides);
    expect(result.ok).toBe(ok);
    expect(result.problems).toHaveLength(problems);
  });

  it.each([
    ['redis://:secret@host:6379/2', 'redis://:***@host:6379/2'],
    ['rediss://user:secret@host', 'rediss://user:***@host'],
    ['redis://host:6379', 'redis://host:6379'],
    ['not a url with secret', 'an invalid Redis URL'],
  ])('redacts %s', (url, redacted) => {
    expect(redactRedisUrl(url)).toBe(redacted);
  });
});
