import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import { deliver, deliveryInTurn, webhookSettings, type Delivery } from './support/webhooks';

/** Issue 5: answered in under 50 ms at the 99th percentile while 50,000 jobs wait. */
const LIMIT_MS = 50;
const WAITING_JOBS = 50_000;
const CHUNK = 1000;
const DELIVERIES = 300;
/** One round may meet a moment in which the machine is busy with something else; all of them do not. */
const ROUNDS = 8;

let stage: Stage;
let installation: Installation;
let apiUrl: string;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage, await webhookSettings(stage));
  apiUrl = (await installation.startApi()).value;
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

let sent = 0;

function nextDelivery(): Delivery {
  sent += 1;
  return deliveryInTurn(stage, sent);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

interface Round {
  readonly median: number;
  readonly p99: number;
  /** Of requests that do nothing: what machine, network and event loop cost in the same seconds. */
  readonly floor: number;
}

/** Senders call within their own work, one delivery after the other. */
async function measure(): Promise<Round> {
  const answers: number[] = [];
  const nothing: number[] = [];
  for (let i = 0; i < DELIVERIES; i += 1) {
    const delivery = nextDelivery();
    answers.push(await timed(() => deliver(apiUrl, delivery)));
    nothing.push(await timed(async () => (await fetch(`${apiUrl}/health/live`)).text()));
  }
  return { median: quantile(answers, 0.5), p99: quantile(answers, 0.99), floor: quantile(nothing, 0.99) };
}

/** The first round that is as fast as wanted, or all of them. */
async function rounds(isGood: (round: Round) => boolean): Promise<readonly Round[]> {
  const seen: Round[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const round = await measure();
    if (isGood(round)) return [round];
    seen.push(round);
  }
  return seen;
}

test('99 of 100 webhooks are answered in 50 ms, and no later when 50,000 jobs wait', async () => {
  const isFast = ({ p99, floor }: Round) => p99 - floor < LIMIT_MS;
  await measure();
  const idle = await rounds(isFast);
  expect(idle.filter(isFast)).toHaveLength(1);
  const idleMedian = Math.max(...idle.map(({ median }) => median));

  await installation.withQueues(async ({ movies }) => {
    for (let start = 0; start < WAITING_JOBS; start += CHUNK) {
      await movies.addBulk(
        Array.from({ length: CHUNK }, (_, i) => ({
          name: 'movie.sync',
          data: { v: 1, title: `Waiting ${start + i}` },
          opts: { priority: 50, deduplication: { id: `movie/Waiting ${start + i}`, keepLastIfActive: true } },
        })),
      );
    }
    // By ratio too, with room for a busy machine: a cost that grows with the queue would be far beyond it.
    const isGood = (round: Round) => isFast(round) && round.median < 3 * Math.max(idleMedian, 5);
    const busy = await rounds(isGood);
    expect(await movies.getPrioritizedCount()).toBeGreaterThanOrEqual(WAITING_JOBS);
    expect(busy.filter(isGood)).toHaveLength(1);
    await movies.obliterate({ force: true });
  });
}, 300_000);
