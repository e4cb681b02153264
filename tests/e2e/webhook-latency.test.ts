import { join } from 'node:path';

import { z } from 'zod';

import { PATHS } from '@reelsync/dev-installation';
import { startDevServices, type DevServices } from '@reelsync/dev-services';

import { Installation } from './support/installation';
import { runProgram } from './support/run-program';
import { openStage, type Stage } from './support/stage';
import { deliveryInTurn, webhookSettings, type Delivery } from './support/webhooks';

/** Issue 5: answered in under 50 ms at the 99th percentile while 50,000 jobs wait. */
const LIMIT_MS = 50;
const WAITING_JOBS = 50_000;
const CHUNK = 1000;
/** All of them count. */
const DELIVERIES = 300;
/** Before the jobs are there. */
const FIRST_DELIVERIES = 100;
/** Between two deliveries on average. */
const MEAN_GAP_MS = 40;
/** On a machine that is too slow for that: of what it could take one after the other, beyond which its queues would grow. */
const LOAD = 0.5;
/** As often as a delivery goes to another process and back, of API, MongoDB and Redis; about as long as one takes, too. */
const ROUND_TRIPS = 6;
/**
 * While other programs want the processors, every process waits for its turn, and no webhook can help that: then the limit
 * is so many times what as many round trips for nothing took in the same seconds, each at the 99th percentile. Deliveries
 * took 0.4 to 1.4 times as long as those in five runs under different loads. Where those take less than a third of the
 * 50 ms, the 50 ms themselves are the limit.
 */
const MACHINE_FACTOR = 3;
/** A cost that grows with the queue would be far beyond it. */
const GROWTH_FACTOR = 3;

const CALLER = join(__dirname, 'support', 'timed-calls.cjs');
const TIMES = z.object({
  answers: z.array(z.object({ ms: z.number(), status: z.number(), body: z.string() })),
  nothing: z.array(z.number()),
});

let stage: Stage;
let services: DevServices;
let installation: Installation;
let apiUrl: string;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  // A database of its own: that of all tests answers late when others keep it busy, which no webhook can help.
  services = await startDevServices({
    dataDir: stage.folder,
    cacheDir: PATHS.cache,
    env: { ...process.env, REDIS_URL: stage.redis.url, MONGODB_URI: '' },
  });
  const settings = { ...(await webhookSettings(stage)), MONGODB_URI: services.database.uri };
  installation = await Installation.open(stage, settings);
  apiUrl = (await installation.startApi()).value;
});
afterAll(async () => {
  await installation.close();
  await services.stop();
  await stage.close();
});

/** Milliseconds. */
interface Times {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

interface Phase {
  readonly answers: Times;
  /** Of round trips for nothing, made meanwhile: what the machine itself costs. */
  readonly nothing: Times;
}

function summary(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

/** Signed by the second: the same bytes with the same time would be a repetition. Two minutes' worth, from a minute ago. */
const FIRST_SIGNED_AT = Date.now() - 60_000;
let turn = 0;
function nextDelivery(): Delivery {
  turn += 1;
  return deliveryInTurn(stage, turn, new Date(FIRST_SIGNED_AT + Math.floor(turn / 4) * 1000));
}

async function measure(deliveries: number, meanGapMs: number): Promise<Phase> {
  const calls = Array.from({ length: deliveries }, nextDelivery).map(({ path, headers, body }) => ({
    url: apiUrl + path,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  }));
  // Not of the API: if webhooks held up its event loop, that would pass for the machine's fault.
  const nothing = { url: `${stage.servers[0].baseUrl}/nothing`, times: ROUND_TRIPS };
  const { finished } = runProgram(CALLER, [], {
    env: process.env,
    input: JSON.stringify({ calls, meanGapMs, nothing }),
  });
  const { stdout, stderr } = await finished;
  expect(stderr).toBe('');
  const times = TIMES.parse(JSON.parse(stdout));
  expect(times.answers.filter(({ status }) => status !== 202)).toEqual([]);
  return { answers: summary(times.answers.map(({ ms }) => ms)), nothing: summary(times.nothing) };
}

function print(what: string, { answers, nothing }: Phase): void {
  process.stdout.write(
    `webhooks, ${what}: ${inWords(answers)}; round trips for nothing: ${inWords(nothing)}\n`,
  );
}

function inWords({ median, p99, max }: Times): string {
  return `median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`;
}

async function fill(): Promise<number> {
  return installation.withQueues(async ({ movies }) => {
    for (let start = 0; start < WAITING_JOBS; start += CHUNK) {
      await movies.addBulk(
        Array.from({ length: CHUNK }, (_, i) => ({
          name: 'movie.sync',
          data: { v: 1, title: `Waiting ${start + i}` },
          opts: { priority: 50, deduplication: { id: `movie/Waiting ${start + i}`, keepLastIfActive: true } },
        })),
      );
    }
    return movies.getPrioritizedCount();
  });
}

test('99 of 100 webhooks are answered in 50 ms while 50,000 jobs wait, and no later than before', async () => {
  const before = await measure(FIRST_DELIVERIES, MEAN_GAP_MS);
  print(`no job waits, one in ${MEAN_GAP_MS} ms`, before);
  expect(await fill()).toBeGreaterThanOrEqual(WAITING_JOBS);
  const gapMs = Math.max(MEAN_GAP_MS, before.answers.median / LOAD);
  const full = await measure(DELIVERIES, gapMs);
  print(`${WAITING_JOBS} jobs wait, one in ${gapMs.toFixed(0)} ms`, full);

  expect(full.answers.p99).toBeLessThan(Math.max(LIMIT_MS, MACHINE_FACTOR * full.nothing.p99));
  const relative = ({ answers, nothing }: Phase) => answers.median / nothing.median;
  expect(relative(full)).toBeLessThan(GROWTH_FACTOR * relative(before));
}, 120_000);
