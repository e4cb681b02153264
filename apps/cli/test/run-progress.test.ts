import { PassThrough } from 'node:stream';

import type { RunCounts } from '@reelsync/database';
import { createRunProgress } from '../src/output/run-progress';
import type { ReportedRun } from '../src/output/run-report';

const NONE: RunCounts = {
  planned: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  merged: 0,
};
const UNPLANNED: ReportedRun = {
  id: '0'.repeat(24),
  trigger: 'cli',
  status: 'running',
  startedAt: new Date(0),
  planningDone: false,
  counts: NONE,
  countsByKind: { movie: NONE, show: NONE, season: NONE, episodes: NONE },
  servers: [],
};

test('as long as no worker has begun, it says how long that has been', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: false });
  let now = 1000;
  const progress = createRunProgress(stream as unknown as NodeJS.WriteStream, () => now);
  for (const seconds of [1, 2, 3, 7]) {
    now = 1000 * (1 + seconds);
    progress.update(UNPLANNED);
  }
  progress.stop();
  expect(String(stream.read())).toBe(
    [2, 7].map((seconds) => `waiting for a worker to read the listings … ${seconds} s\n`).join(''),
  );
});
