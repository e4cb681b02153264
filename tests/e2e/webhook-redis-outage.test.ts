import { setTimeout as delay } from 'node:timers/promises';

import { compareTv, expectedTv } from '@reelsync/sample-library';

import { waitFor } from '../support';
import { EQUAL, Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import {
  deliver,
  genericDelivery,
  radarrDelivery,
  serverDelivery,
  sonarrDelivery,
  webhookSettings,
} from './support/webhooks';

/** Half a minute without Redis (issue 5): first it hangs with open connections, then it is gone. */
const HUNG_MS = 10_000;
const GONE_MS = 20_000;
/** Radarr, Sonarr and file servers tell of a few things a second at most. */
const ROUND_MS = 600;

let stage: Stage;
let installation: Installation;
let apis: readonly string[];
beforeAll(async () => {
  stage = await openStage({ titles: 20, shows: 8 });
  installation = await Installation.open(stage, await webhookSettings(stage));
  const [first, second] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
  ]);
  apis = [first.value, second.value];
  expect(await installation.scan()).toMatchObject({ status: 'done' });
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** Senders tell of a title first, and the file server lists its change afterwards, as in life. */
class Storm {
  readonly ids: string[] = [];
  private round = 0;
  private stopped = false;
  private readonly shows = expectedTv(stage.servers.map(({ oracle }) => oracle)).shows.keys();
  private work: Promise<void> = Promise.resolve();

  start(): void {
    this.work = this.blow();
  }

  async end(): Promise<readonly string[]> {
    this.stopped = true;
    await this.work;
    return this.ids;
  }

  private async blow(): Promise<void> {
    while (!this.stopped) {
      await Promise.all([this.nextRound(), delay(ROUND_MS)]);
      this.round += 1;
    }
  }

  private async nextRound(): Promise<void> {
    const [alpha, beta] = stage.servers;
    const { library } = alpha.control;
    const { round } = this;
    const film = `Arrival ${round} (2024)`;
    await this.send(
      radarrDelivery({ eventType: 'Download', movie: { folderPath: `/media/movies/${film}` } }),
    );
    await library.addMovie(film);
    await library.editMetadata('1923', { title: `Title of round ${round}` });
    const show = this.shows.next();
    if (show.done !== true) {
      await this.send(sonarrDelivery({ eventType: 'Download', series: { path: `/media/tv/${show.value}` } }));
      await renameShow(show.value);
    }
    await Promise.all([
      this.send(genericDelivery({ movies: ['1923'], force: round % 2 === 0 }, `round-${round}`)),
      this.send(serverDelivery((round % 2 === 0 ? alpha : beta).webhookId)),
    ]);
  }

  private async send(delivery: Parameters<typeof deliver>[1]): Promise<void> {
    const api = apis[this.ids.length % apis.length] ?? '';
    this.ids.push(await deliver(api, delivery));
  }
}

async function renameShow(title: string): Promise<void> {
  for (const { oracle, control } of stage.servers)
    if (oracle.library.shows.has(title)) await control.library.renameShow(title, `${title}, renamed`);
}

test('Redis is away for 30 s during a storm of webhooks: none is lost, and every title that they told of is in step', async () => {
  const storm = new Storm();
  storm.start();
  await waitFor(() => storm.ids.length >= 8, { timeoutMs: 60_000, message: 'the storm to begin' });
  stage.redis.freeze();
  await delay(HUNG_MS);
  await stage.redis.kill('SIGKILL');
  await delay(GONE_MS);
  const { deliveries, runs } = installation.database;
  expect(await deliveries.countPending()).toBeGreaterThan(0);
  await stage.redis.restart();
  const before = storm.ids.length;
  await waitFor(() => storm.ids.length >= before + 8, { timeoutMs: 60_000, message: 'the storm to go on' });
  const ids = await storm.end();

  const runIds: string[] = [];
  for (const id of ids) {
    const line = await waitFor(
      async () => {
        const found = await deliveries.get(id);
        return found?.pending === false && found;
      },
      { timeoutMs: 120_000, message: () => `delivery ${id}; log: ${installation.log().slice(-3000)}` },
    );
    expect([line.outcome, line.runIds.length]).toEqual(['accepted', 1]);
    runIds.push(...line.runIds);
  }
  for (const runId of runIds) {
    const run = await waitFor(
      async () => {
        const found = await runs.get(runId);
        return found !== null && found.status !== 'running' && found;
      },
      { timeoutMs: 120_000, message: () => `run ${runId}; log: ${installation.log().slice(-3000)}` },
    );
    expect([run.status, run.error]).toEqual(['done', undefined]);
    expect(run.counts.failed).toBe(0);
  }
  expect(await installation.compare()).toMatchObject(EQUAL);
  const { tvShows, seasons, episodes } = installation.database;
  const tv = await compareTv(expectedTv(stage.servers.map(({ oracle }) => oracle)), {
    shows: tvShows.findAll(),
    seasons: seasons.findAll(),
    episodes: episodes.findAll(),
  });
  expect(tv).toMatchObject({ shows: EQUAL, seasons: EQUAL, episodes: EQUAL });
}, 300_000);
