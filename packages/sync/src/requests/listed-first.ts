import { randomUUID } from 'node:crypto';
import type { DatabaseAdapter, OpenUnit, Run } from '@reelsync/database';
import { UnitPlanner, type Urgency } from '@reelsync/domain';
import type { JobPayloads, JobProducer } from '@reelsync/queue';
import { mustBeTaken } from './must-be-taken';
import { openUnitChunks } from './open-unit-chunks';
import { QueueUnitEnqueuer } from './queue-unit-enqueuer';
import { awaitedScanOf } from './scan-payload';
import { urgencyOf, urgencyOfAll } from './urgency';

export interface ListedFirstOptions {
  readonly runs: DatabaseAdapter['runs'];
  readonly producer: JobProducer<JobPayloads>;
  readonly now: () => Date;
  /** A listing that was read less than this ago says what the server holds. */
  readonly listingMaxAgeMs: number;
  /** Milliseconds that only ever rise; default: those of this process. */
  readonly elapsedMs?: () => number;
}

/**
 * Requests for single titles of servers whose listings are too old: one conditional scan of each server is asked for,
 * however many requests come meanwhile, and their units start when all of their servers have been read, well or not (what a
 * server that is down held last counts). Whoever reads a server answers all who wait for it.
 */
export class ListedFirst {
  private readonly planner: UnitPlanner;
  private readonly elapsedMs: () => number;

  constructor(private readonly options: ListedFirstOptions) {
    const { runs, producer, now, elapsedMs = () => performance.now() } = options;
    this.planner = new UnitPlanner(runs, new QueueUnitEnqueuer(producer), now);
    this.elapsedMs = elapsedMs;
  }

  /** Call it when the run and its units are stored: a scan that begins from now on answers it. Requests that come while a scan waits share it, as urgent as the most urgent. */
  async askForScans(serverIds: readonly string[], priority: Urgency): Promise<void> {
    const scans = serverIds.map(awaitedScanOf);
    for (const receipt of await this.options.producer.enqueueMany('library.scan', scans, { priority }))
      mustBeTaken(receipt);
  }

  /** Those of the servers that somebody still waits for: another scan may have read them meanwhile. */
  awaited(serverIds: readonly string[]): Promise<readonly string[]> {
    return this.options.runs.listings.awaited(serverIds);
  }

  /**
   * Reads a server for all who wait for it: those who did before it began, and those who came meanwhile unless it took so
   * long that what it has read first is too old for them. `reader` is the id of the job, which may be interrupted; see `resume`.
   */
  async around<T>(serverId: string, read: () => Promise<T>, reader: string): Promise<T> {
    const { runs, listingMaxAgeMs } = this.options;
    const startedAt = this.elapsedMs();
    const before = await runs.listings.findAwaiting(serverId);
    const result = await read();
    const isRecent = this.elapsedMs() - startedAt < listingMaxAgeMs;
    const answered = isRecent ? await runs.listings.findAwaiting(serverId) : before;
    await this.startAll(await runs.listings.read(serverId, answered, starterOf(reader, serverId)));
    return result;
  }

  /** An earlier start of this job may have been interrupted before it had started all that it had read for. */
  async resume(serverIds: readonly string[], reader: string): Promise<void> {
    const starters = serverIds.map((serverId) => starterOf(reader, serverId));
    await this.startAll(await this.options.runs.listings.findClaimed(starters));
  }

  /** The scan that requests had asked for has failed for good: these servers hold up nobody. */
  async giveUp(serverIds: readonly string[], reader: string): Promise<void> {
    const { listings } = this.options.runs;
    for (const serverId of serverIds) {
      const waiting = await listings.findAwaiting(serverId);
      await this.startAll(await listings.read(serverId, waiting, starterOf(reader, serverId)));
    }
  }

  /** Some of its servers were read a moment ago, by whoever could not know of the run. Call it before it is planned. */
  async alreadyRead(runId: string, serverIds: readonly string[]): Promise<void> {
    for (const serverId of serverIds) await this.options.runs.listings.read(serverId, [runId], randomUUID());
  }

  /** Call it when the run is planned: its servers may have been read before that. */
  async startIfRead(runId: string, urgency: Urgency): Promise<void> {
    if (await this.options.runs.listings.claimStart(runId, randomUUID())) await this.start(runId, urgency);
  }

  /**
   * For requests that are older than this: starts those whose servers have been read by somebody who then died, and asks
   * again for scans that were lost with Redis. Answers with how many of both there were.
   */
  async revive(requestedBefore: Date): Promise<number> {
    const { runs, producer } = this.options;
    const ready = await runs.listings.findReady(requestedBefore);
    await this.startAll(ready);
    let revived = ready.length;
    for (const { serverId, triggers } of await runs.listings.findUnread(requestedBefore)) {
      const [lost] = await producer.waiting.without('library.scan', [awaitedScanOf(serverId)]);
      if (lost === undefined) continue;
      await this.askForScans([serverId], urgencyOfAll(triggers));
      revived += 1;
    }
    return revived;
  }

  private async startAll(runs: readonly Pick<Run, 'id' | 'trigger'>[]): Promise<void> {
    for (const { id, trigger } of runs) await this.start(id, urgencyOf(trigger));
  }

  private async start(runId: string, urgency: Urgency): Promise<void> {
    const { runs } = this.options;
    await runs.stopWaiting({ runId });
    for await (const chunk of openUnitChunks(runs.streamOpen({ runId }))) {
      const [first] = chunk;
      await this.planner.start(unitsOf(chunk), {
        runIds: [runId],
        urgency,
        ...first?.narrowing,
      });
    }
    await runs.listings.started(runId);
  }
}

/** A job reads its servers side by side, and each run is to be started once. */
function starterOf(reader: string, serverId: string): string {
  return `${reader}/${serverId}`;
}

function unitsOf(chunk: readonly OpenUnit[]) {
  return chunk.map(({ unit }) => unit);
}
