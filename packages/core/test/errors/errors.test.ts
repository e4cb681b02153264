import fc from 'fast-check';
import {
  decideDisposition,
  ERROR_CODES,
  ReelsyncError,
  toReelsyncError,
  type Disposition,
  type ErrorCategory,
  type ErrorCode,
} from '@reelsync/core';

const expected: Record<ErrorCategory, Disposition> = {
  transient: { kind: 'retry' },
  throttled: { kind: 'delay', delayMs: 10_000 },
  permanent: { kind: 'dead-letter' },
  'not-found': { kind: 'dead-letter' },
  configuration: { kind: 'dead-letter' },
  shutdown: { kind: 'requeue' },
};

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('decideDisposition (design decision 8)', () => {
  test.each(codes)('%s', (code) => {
    const error = new ReelsyncError(code, 'message');
    expect(decideDisposition(error)).toEqual(expected[ERROR_CODES[code].category]);
    expect(error).toMatchObject({ name: 'ReelsyncError', code, category: ERROR_CODES[code].category });
    expect(error.advice).toMatch(/\.$/);
  });

  test('every category is used', () => {
    expect(new Set(codes.map((code) => ERROR_CODES[code].category))).toEqual(new Set(Object.keys(expected)));
  });

  // The outcome of a job must not depend on an edit of a table that nobody noticed.
  test.each<[ErrorCode, ErrorCategory]>([
    ['SERVER_UNREACHABLE', 'transient'],
    ['SERVER_TIMEOUT', 'transient'],
    ['SERVER_ERROR', 'transient'],
    ['SERVER_THROTTLED', 'throttled'],
    ['SERVER_CIRCUIT_OPEN', 'throttled'],
    ['SERVER_UNAUTHORIZED', 'configuration'],
    ['LISTING_TRUNCATED', 'transient'],
    ['METADATA_INVALID', 'permanent'],
    ['TITLE_UNKNOWN', 'not-found'],
    ['DATABASE_UNAVAILABLE', 'throttled'],
    ['QUEUE_UNAVAILABLE', 'throttled'],
    ['JOB_CANCELLED', 'shutdown'],
    ['UNEXPECTED', 'transient'],
  ])('%s is %s', (code, category) => {
    expect(ERROR_CODES[code].category).toBe(category);
  });

  test.each([
    [0, 0],
    [-5, 0],
    [2_500, 2_500],
    [24 * 3_600_000, 600_000],
  ])('Retry-After of %d ms delays by %d ms', (retryAfterMs, delayMs) => {
    const error = new ReelsyncError('SERVER_THROTTLED', 'message', { retryAfterMs });
    expect(decideDisposition(error)).toEqual({ kind: 'delay', delayMs });
  });
});

describe('toReelsyncError', () => {
  test('keeps our own errors', () => {
    const error = new ReelsyncError('SERVER_ERROR', 'message');
    expect(toReelsyncError(error)).toBe(error);
  });

  test('wraps others with their message and cause', () => {
    const cause = new TypeError('boom');
    expect(toReelsyncError(cause)).toMatchObject({ code: 'UNEXPECTED', message: 'boom', cause });
    expect(toReelsyncError('text')).toMatchObject({ code: 'UNEXPECTED', message: 'text', cause: 'text' });
  });

  test('property: anything can be thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const error = toReelsyncError(thrown);
        expect(error).toBeInstanceOf(ReelsyncError);
        expect(error.code).toBe('UNEXPECTED');
        expect(error.cause).toBe(thrown);
      }),
    );
  });

  test('a cause is kept, an absent one leaves no member', () => {
    expect(new ReelsyncError('UNEXPECTED', 'm')).not.toHaveProperty('cause');
    expect(new ReelsyncError('UNEXPECTED', 'm', { cause: 'c', context: { title: 't' } })).toMatchObject({
      cause: 'c',
      context: { title: 't' },
      retryAfterMs: undefined,
    });
  });
});
