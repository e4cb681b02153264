import { setImmediate as turn } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import type { InboxEntry } from '@reelsync/database';
import { openInbox } from '@reelsync/sync';

/** How often a process looks into its inbox. */
const LOOK_MS = 2000;

const entry: InboxEntry = {
  id: 'f'.repeat(24),
  endpoint: 'sync',
  source: 'default',
  orders: [{ kind: 'scan', serverIds: ['default'], force: false }],
  receivedAt: new Date(0),
  leasedUntil: new Date(0),
  attempts: 0,
};

/** An inbox with one delivery, by a clock that moves with each look; each attempt at the queue would leave a failed run. */
function inboxOf(queue: { isReady: boolean; refuses: boolean }) {
  const seen = { attempts: 0, placed: 0 };
  let now = 0;
  const requestScan = () => {
    seen.attempts += 1;
    if (queue.refuses) return Promise.reject(new ReelsyncError('QUEUE_UNAVAILABLE', 'OOM'));
    seen.placed += 1;
    return Promise.resolve({ runId: 'r', status: 'created' as const });
  };
  const done = () => Promise.resolve();
  const deliveries = {
    claim: () => Promise.resolve(seen.placed === 0 ? entry : null),
    advance: done,
    postpone: done,
    fail: done,
  };
  const { replay } = openInbox({
    database: { deliveries } as never,
    requests: { requestScan } as never,
    isQueueReady: () => queue.isReady,
    now: () => new Date(now),
    random: () => 1,
    onReplayed: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const look = async (times: number) => {
    for (let index = 0; index < times; index += 1) {
      replay.nudge();
      await turn();
      now += LOOK_MS;
    }
  };
  return { look, seen };
}

test('a queue that is there and refuses, because Redis is full for instance, is asked more and more seldom', async () => {
  const queue = { isReady: true, refuses: true };
  const { look, seen } = inboxOf(queue);
  await look(3_600_000 / LOOK_MS);
  expect(seen.attempts).toBeGreaterThan(50);
  expect(seen.attempts).toBeLessThan(70);
  queue.refuses = false;
  await look(60_000 / LOOK_MS);
  expect(seen.placed).toBe(1);
});

test('a queue that was gone meanwhile is asked as soon as it is back', async () => {
  const queue = { isReady: true, refuses: true };
  const { look, seen } = inboxOf(queue);
  await look(100);
  queue.isReady = false;
  await look(1);
  Object.assign(queue, { isReady: true, refuses: false });
  await look(1);
  expect(seen.placed).toBe(1);
});
