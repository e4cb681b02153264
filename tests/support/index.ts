import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitForOptions {
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** What was awaited, for the error; a function can add what was seen last. */
  readonly message?: string | (() => string);
}

const POLL_MS = 10;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Polls until the condition yields something other than false, null and undefined, and returns that. The condition
 * may be asynchronous; an error that it throws counts as "not yet" and is reported when time runs out.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, message = 'the condition' }: WaitForOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (isMet(value)) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      const awaited = typeof message === 'string' ? message : message();
      throw new Error(`Waited ${timeoutMs} ms in vain for ${awaited}`, { cause: lastError });
    }
    await delay(POLL_MS);
  }
}

function isMet<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}

/** A name that no other test uses, safe in Redis keys, queue names, database names and file names. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 13)}`;
}

/** The Redis of this test run. Use a prefix from {@link uniqueName}: other suites use it at the same time. */
export function testRedisUrl(): string {
  return fromGlobalSetup('REELSYNC_TEST_REDIS_URL');
}

/** The database server of this test run. Use a database name from {@link uniqueName}. */
export function testMongoUri(): string {
  return fromGlobalSetup('REELSYNC_TEST_MONGODB_URI');
}

function fromGlobalSetup(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: jest.config.ts must name tests/support/global-setup.ts`);
  return value;
}
