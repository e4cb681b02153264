import { toReelsyncError } from '@reelsync/core';
import type { DatabaseAdapter, RunTrigger, TitleLook, TitleState, TitleWatch } from '@reelsync/database';
import { UnitPlanner, type Urgency } from '@reelsync/domain';
import { titleWatchKey, type JobPayload, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { mustBeTaken } from '../requests/must-be-taken';
import { QueueUnitEnqueuer } from '../requests/queue-unit-enqueuer';
import type { RequestReceipt } from '../requests/request';
import { DEFAULT_WATCH_PACE, nextLookAfterMs, type WatchPace } from './watch-pace';

export interface TitleUntilListedRequest {
  readonly kind: 'movie' | 'show';
  /** Folder name. */
  readonly title: string;
  readonly serverIds: readonly string[];
  /** When the change was made: a record that changed then or later counts. Default: any change from now on. */
  readonly since?: Date;
  /** How long to go on; default: that of the pace. */
  readonly giveUpAfterMs?: number;
  readonly trigger: RunTrigger;
  readonly requester?: string;
}

type WatchJob = JobPayload<'title.watch'>;

export interface TitleWatcherOptions {
  readonly database: Pick<DatabaseAdapter, 'runs' | 'inventory' | 'listings' | 'titleWatches'>;
  readonly producer: JobProducer<JobPayloads>;
  readonly now: () => Date;
  readonly pace?: WatchPace;
}

/** A server that cannot be read for so long is nobody's hope any more. */
const MAX_HELD_MS = 24 * 3_600_000;

/**
 * A file server notices a new file at its next own scan, minutes after whoever put it there has told us. So such a request
 * scans the server again and again, more and more seldom, until its inventory shows a change of the title or time is up.
 * Time in which a server is held back or does not answer does not count.
 * State is in MongoDB, the wake-ups are delayed jobs: a restart or a wiped Redis loses nothing.
 */
export class TitleWatcher {
  private readonly planner: UnitPlanner;
  private readonly pace: WatchPace;

  constructor(private readonly options: TitleWatcherOptions) {
    const { database, producer, now, pace = DEFAULT_WATCH_PACE } = options;
    this.planner = new UnitPlanner(database.runs, new QueueUnitEnqueuer(producer), now);
    this.pace = pace;
  }

  /** A watch of the same title that is under way is superseded; what it was waiting for still counts. */
  async request(request: TitleUntilListedRequest): Promise<RequestReceipt> {
    const { kind, title, trigger, requester, since } = request;
    const { runs, titleWatches } = this.options.database;
    const serverIds = [...new Set(request.serverIds)].sort();
    const job = { v: 1 as const, kind, title, serverIds };
    const now = this.options.now();
    const { giveUpAfterMs = this.pace.giveUpAfterMs } = request;
    const earlier = await this.findRunning(titleWatchKey(job));
    const sinceDate = earliest([since, ...earlier.map((watch) => watch.since)]);
    const baseline = earlier[0]?.baseline ?? (await this.stateOf(job)).fingerprint;
    const runId = await runs.create({
      trigger,
      scope: { kind: 'title-until-listed', unitKind: kind, title, serverIds },
      startedAt: now,
      ...(requester === undefined ? {} : { requester }),
    });
    try {
      await this.begin({
        runId,
        key: titleWatchKey(job),
        kind,
        title,
        serverIds,
        baseline,
        ...(sinceDate === undefined ? {} : { since: sinceDate }),
        looks: 0,
        pace: { firstMs: this.pace.firstMs, maxMs: this.pace.maxMs },
        nextLookAt: now,
        giveUpAt: new Date(now.getTime() + giveUpAfterMs),
        endsAt: new Date(now.getTime() + giveUpAfterMs + MAX_HELD_MS),
      });
    } catch (error) {
      await runs.fail(runId, toReelsyncError(error), this.options.now());
      await titleWatches.remove(runId);
      throw error;
    }
    for (const watch of earlier) await this.supersede(watch, runId);
    return { runId, status: earlier.length > 0 ? 'merged' : 'created' };
  }

  /** One look, for every run that waits for the title: the job `title.watch`. */
  async look(job: WatchJob, signal: AbortSignal): Promise<'changed' | 'waiting' | 'over'> {
    const watches = await this.findRunning(titleWatchKey(job));
    // Before the inventory: what it says is at least as new.
    const read = await this.lastReadings(job);
    const state = await this.stateOf(job);
    const waiting: WaitingWatch[] = [];
    for (const watch of watches) {
      const isAnswered = isReadSince(watch, read);
      if (isListed(watch, state)) await this.finish(watch, signal);
      else if (isOver(watch, isAnswered, this.options.now())) await this.giveUp(watch, isAnswered);
      else waiting.push({ ...watch, isAnswered });
    }
    if (waiting.length > 0) {
      await this.scanAndLookAgain(job, waiting, read);
      // Who asked for a look meanwhile asked for an earlier one than this look did, and the later word counts.
      if (await this.isLookWanted(job, watches, state)) await this.wake(job);
      return 'waiting';
    }
    return watches.length > 0 ? 'changed' : 'over';
  }

  /** A scan of these servers found changes: whoever waits for one of them looks now. */
  async lookSoon(serverIds: readonly string[]): Promise<void> {
    const watches = await this.options.database.titleWatches.find();
    const concerned = watches.filter((watch) => watch.serverIds.some((id) => serverIds.includes(id)));
    for (const watch of new Map(concerned.map((one) => [one.key, one])).values())
      await this.wake(jobOf(watch));
  }

  /** Watches whose job is gone, after Redis was wiped for instance, get a new one. Returns how many there were. */
  async revive(): Promise<number> {
    const { producer, database } = this.options;
    const watches = await database.titleWatches.find();
    const jobs = [...new Map(watches.map((watch) => [watch.key, jobOf(watch)])).values()];
    const lost = await producer.waiting.without('title.watch', jobs);
    for (const job of lost) await this.wake(job);
    return lost.length;
  }

  private async begin(watch: TitleWatch): Promise<void> {
    const { runs, titleWatches } = this.options.database;
    await titleWatches.add(watch);
    // The watch has an end of its own: until then its run is not abandoned, however long workers or Redis are away.
    await runs.keepAlive(watch.runId, watch.endsAt);
    await this.wake(jobOf(watch));
  }

  private async findRunning(key: string): Promise<TitleWatch[]> {
    const { runs, titleWatches } = this.options.database;
    const watches = await titleWatches.find({ key });
    const running = await runs.findRunning(watches.map(({ runId }) => runId));
    for (const { runId } of watches) if (!running.has(runId)) await titleWatches.remove(runId);
    return watches.filter(({ runId }) => running.has(runId));
  }

  /** A scan has found the title changed, or somebody waits who did not when a look began. */
  private async isLookWanted(
    job: WatchJob,
    watches: readonly TitleWatch[],
    { fingerprint }: TitleState,
  ): Promise<boolean> {
    if ((await this.stateOf(job)).fingerprint !== fingerprint) return true;
    const known = new Set(watches.map(({ runId }) => runId));
    return (await this.findRunning(titleWatchKey(job))).some(({ runId }) => !known.has(runId));
  }

  private stateOf({ kind, title, serverIds }: WatchJob): Promise<TitleState> {
    return this.options.database.inventory.titleState(kind, title, serverIds);
  }

  /** When each of the servers was read last. */
  private async lastReadings({ kind, serverIds }: WatchJob): Promise<Readings> {
    const states = await this.options.database.listings.loadAll(kind === 'movie' ? 'movies' : 'tv');
    return serverIds.map((id) => states.find(({ serverId }) => serverId === id)?.checkedAt ?? null);
  }

  private async finish({ runId, kind, title, looks }: TitleWatch, signal: AbortSignal): Promise<void> {
    const { runs, titleWatches } = this.options.database;
    await this.planner.plan([{ kind, title }], { runIds: [runId], urgency: 'webhook', signal });
    await runs.note(runId, `A change of the title was listed after ${count(looks, 'scan')}.`);
    await runs.donePlanning(runId);
    await titleWatches.remove(runId);
  }

  private async giveUp({ runId, title, serverIds, looks }: TitleWatch, isAnswered: boolean): Promise<void> {
    const { runs, titleWatches } = this.options.database;
    const why = isAnswered
      ? `no change of '${title}' was listed in ${count(looks, 'scan')}`
      : `could not be read for a change of '${title}'`;
    const message = `${serverIds.join(', ')}: ${why}`;
    await runs.fail(runId, { code: 'CHANGE_NOT_LISTED', message }, this.options.now());
    await titleWatches.remove(runId);
  }

  private async supersede({ runId }: TitleWatch, by: string): Promise<void> {
    const { runs, titleWatches } = this.options.database;
    const message = `Run ${by} waits for the same title now`;
    await runs.withdraw(runId, 'superseded', { code: 'RUN_SUPERSEDED', message }, this.options.now());
    await titleWatches.remove(runId);
  }

  /** Scans only when one of the watches is due: scans of a busy server wake them far more often. */
  private async scanAndLookAgain(
    job: WatchJob,
    waiting: readonly WaitingWatch[],
    read: Readings,
  ): Promise<void> {
    const { database, producer } = this.options;
    const now = this.options.now();
    const nextLooks: number[] = [];
    let isDue = false;
    for (const watch of waiting) {
      const look = isLookDue(watch, now) ? lookAt(now, watch, read) : undefined;
      if (look !== undefined) await database.titleWatches.noteLook(watch.runId, look);
      isDue ||= look !== undefined;
      const { nextLookAt, giveUpAt } = look ?? watch;
      nextLooks.push(Math.min(nextLookAt.getTime(), giveUpAt.getTime()));
    }
    if (isDue) {
      const flags = { full: false, force: false, acceptShrunken: false };
      const scan = { v: 1 as const, serverIds: job.serverIds, ...flags };
      mustBeTaken(await producer.enqueue('library.scan', scan, { priority: 'webhook' }));
    }
    await this.wake(job, Math.max(0, Math.min(...nextLooks) - now.getTime()));
  }

  private async wake(job: WatchJob, delayMs = 0): Promise<void> {
    const priority: Urgency = 'webhook';
    mustBeTaken(await this.options.producer.enqueue('title.watch', job, { priority, delayMs }));
  }
}

/** Of each server of a watch, in their order. */
type Readings = NonNullable<TitleWatch['readBefore']>;

/** A watch, and whether all of its servers were read after the scan that it asked for last. */
interface WaitingWatch extends TitleWatch {
  readonly isAnswered: boolean;
}

/** Other machines read the servers than look here, so their clocks are not compared. */
function isReadSince({ readBefore }: TitleWatch, read: Readings): boolean {
  if (readBefore === undefined) return false;
  return read.every((at, index) => at !== null && at.getTime() !== readBefore[index]?.getTime());
}

function isOver({ giveUpAt, endsAt }: TitleWatch, isAnswered: boolean, now: Date): boolean {
  return (isAnswered && giveUpAt <= now) || endsAt <= now;
}

function isLookDue({ nextLookAt, giveUpAt }: TitleWatch, now: Date): boolean {
  return nextLookAt <= now || giveUpAt <= now;
}

/** A look that was not answered is made again, after twice the pause, and the time it took is given back. */
function lookAt(now: Date, watch: WaitingWatch, read: Readings): TitleLook {
  const { looks, lastLookAt, isAnswered, giveUpAt, pace } = watch;
  const isNew = lastLookAt === undefined || isAnswered;
  const heldMs = isNew ? 0 : now.getTime() - lastLookAt.getTime();
  const pauseMs = isNew ? nextLookAfterMs(pace, looks) : longerPauseMs(watch, lastLookAt);
  return {
    looks: isNew ? looks + 1 : looks,
    lastLookAt: now,
    readBefore: read,
    nextLookAt: new Date(now.getTime() + pauseMs),
    giveUpAt: new Date(giveUpAt.getTime() + heldMs),
  };
}

function longerPauseMs({ nextLookAt, pace: { maxMs } }: TitleWatch, lastLookAt: Date): number {
  return Math.min(maxMs, 2 * (nextLookAt.getTime() - lastLookAt.getTime()));
}

function isListed({ baseline, since }: TitleWatch, { fingerprint, changedAt }: TitleState): boolean {
  if (fingerprint !== baseline) return true;
  return since !== undefined && changedAt !== undefined && changedAt >= since;
}

function jobOf({ kind, title, serverIds }: TitleWatch): WatchJob {
  return { v: 1, kind, title, serverIds: [...serverIds] };
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const times = dates.flatMap((date) => (date === undefined ? [] : [date.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
