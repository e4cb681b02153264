import type { DatabaseAdapter, OpenUnit, WaitingScan } from '@reelsync/database';
import { UnitPlanner, type Urgency } from '@reelsync/domain';
import { scanKey, scanOfKey, type JobPayload, type JobPayloads, type JobProducer } from '@reelsync/queue';
import type { StaleServer } from './listing-freshness';
import { mustBeTaken } from './must-be-taken';
import { openUnitChunks } from './open-unit-chunks';
import { QueueUnitEnqueuer } from './queue-unit-enqueuer';
import { urgencyOf } from './urgency';

type Scan = JobPayload<'library.scan'>;

/**
 * Requests for single titles of servers whose listing is too old: one conditional scan is asked for, however many requests
 * come meanwhile, and their units start when it has ended, well or not (what a server that is down held last counts).
 */
export class ListedFirst {
  private readonly planner: UnitPlanner;

  constructor(
    private readonly runs: DatabaseAdapter['runs'],
    private readonly producer: JobProducer<JobPayloads>,
    now: () => Date,
  ) {
    this.planner = new UnitPlanner(runs, new QueueUnitEnqueuer(producer), now);
  }

  /** A scan that others wait for and that has yet to read these servers, and maybe more. */
  async sharedScan(servers: readonly StaleServer[]): Promise<Scan | undefined> {
    for (const waiting of await this.runs.findWaitingScans()) {
      const scan = scanOfKey(waiting.key);
      if (scan === undefined || !isToRead(scan, waiting, servers)) continue;
      const [missing] = await this.producer.waiting.without('library.scan', [scan]);
      if (missing === undefined) return scan;
    }
    return undefined;
  }

  /** Call it when the run and its units are stored. Requests that come while the scan waits or runs share it, as urgent as the most urgent. */
  async askForScan(scan: Scan, priority: Urgency): Promise<void> {
    const [missing] = await this.producer.waiting.without('library.scan', [scan]);
    if (missing === undefined) await this.producer.hasten('library.scan', scan, { priority });
    else mustBeTaken(await this.producer.enqueue('library.scan', scan, { priority }));
  }

  /** The servers have answered: jobs that begin from now on work on what was waited for, also those that the scan starts. */
  async listed(scan: Scan): Promise<void> {
    for (const { id } of await this.runs.findAfterScan(scanKey(scan)))
      await this.runs.stopWaiting({ runId: id });
  }

  /** The scan has ended: the units that wait for it start, if all of their run are known. May happen twice. */
  async startAfter(scan: Scan): Promise<void> {
    for (const { id, trigger } of await this.runs.findAfterScan(scanKey(scan)))
      if (!(await this.runs.leaveToProducer(id))) await this.start(id, urgencyOf(trigger));
  }

  /** Call it when the run is planned. */
  async start(runId: string, urgency: Urgency): Promise<void> {
    await this.runs.stopWaiting({ runId });
    for await (const chunk of openUnitChunks(this.runs.streamOpen({ runId }))) {
      const [first] = chunk;
      await this.planner.start(unitsOf(chunk), {
        runIds: [runId],
        urgency,
        ...first?.narrowing,
      });
    }
    await this.runs.doneWaiting(runId);
  }
}

/** One that was asked since may have been read by this very scan, which goes on for long, and is too old all the same. */
function isToRead(scan: Scan, { since }: WaitingScan, servers: readonly StaleServer[]): boolean {
  if (scan.full || scan.force || scan.acceptShrunken) return false;
  return servers.every(({ id, askedAt }) => scan.serverIds.includes(id) && askedAt < since.getTime());
}

function unitsOf(chunk: readonly OpenUnit[]) {
  return chunk.map(({ unit }) => unit);
}
