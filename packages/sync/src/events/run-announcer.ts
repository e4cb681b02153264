import type { Run, RunRepository } from '@reelsync/database';
import { inChunks } from '@reelsync/domain';
import type { EventLog, LogRecord } from '@reelsync/queue';
import { restAfter } from '../runs/rest-after';
import { reachBack } from './reach-back';
import { endOfUnit, factsOfEnd, factsUnderWay, gapInRuns, RUN_ENDED, RUN_STARTED } from './run-facts';

export interface RunAnnouncerOptions {
  readonly runs: Pick<RunRepository, 'get' | 'findCurrent' | 'getMany' | 'streamEnded'>;
  readonly log: Pick<EventLog, 'append' | 'idOfFact' | 'toldUnits' | 'runsToldUntil' | 'setRunsToldUntil'>;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  readonly times?: Partial<AnnouncerTimes>;
}

export interface AnnouncerTimes {
  /** A look that nobody asked for: runs of which no event of a job tells. */
  readonly sweepMs: number;
  /** Shortest time between two looks. */
  readonly lookMs: number;
  /** How long the events of a run's jobs may take before its units are told from the database. */
  readonly patienceMs: number;
}

interface FoundRuns {
  /** Under way, or ended just now. */
  readonly current: readonly string[];
  /** Those that ended earlier, since all had been told. */
  readonly missed: readonly string[];
}

const DEFAULT_TIMES: AnnouncerTimes = { sweepMs: 5000, lookMs: 500, patienceMs: 2000 };
/** Of each look, for what ended long ago: runs under way must not wait for it. */
const CATCH_UP_MS = 1000;
/** Saying until when all has been told is a write to Redis; looks reach back much further than this. */
const SAY_TOLD_EVERY_MS = 30_000;

/**
 * Tells in the event log what becomes of runs. Level-triggered like everything here (design decision 1): it reads the
 * runs from MongoDB and tells what has not been told, whoever ended them and however, so nothing that ends a run has to
 * think of events, and a process that dies between the two loses none (EV-4, B-28). Any number of processes may do it.
 */
export class RunAnnouncer {
  private readonly times: AnnouncerTimes;
  /** What has been told of the runs under way: the names of their facts. */
  private readonly told = new Map<string, string>();
  private readonly finished = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private lookIntervalMs: number;
  private lastLookAt = 0;
  private isDueAt = Infinity;
  private stopped = false;

  constructor(private readonly options: RunAnnouncerOptions) {
    this.times = { ...DEFAULT_TIMES, ...options.times };
    this.lookIntervalMs = this.times.lookMs;
  }

  start(): void {
    this.schedule(0);
  }

  /** Something happened to some run: look soon. */
  readonly nudge = (): void => {
    this.schedule(this.lastLookAt + this.lookIntervalMs - this.options.now().getTime());
  };

  /** The beginning of each run comes before whatever else is told of it. */
  async begin(runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) {
      if (this.told.has(runId)) continue;
      const run = await this.options.runs.get(runId);
      await this.tellUnderWay(run === null ? [] : [run]);
    }
  }

  /** Tells all that is known and not told yet. */
  look(): Promise<void> {
    this.looking = this.looking.then(() => this.lookNow());
    return this.looking;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(inMs: number): void {
    const dueAt = this.options.now().getTime() + Math.max(0, inMs);
    if (this.stopped || dueAt >= this.isDueAt) return;
    clearTimeout(this.timer);
    this.isDueAt = dueAt;
    this.timer = setTimeout(() => void this.look(), Math.max(0, inMs));
  }

  private async lookNow(): Promise<void> {
    if (this.stopped) return;
    this.isDueAt = Infinity;
    let nextMs = this.times.sweepMs;
    try {
      nextMs = await this.announceAll();
    } catch (error) {
      this.options.onError(error);
    }
    this.lastLookAt = this.options.now().getTime();
    this.schedule(nextMs);
  }

  /** Resolves to when to look again, in milliseconds. */
  private async announceAll(): Promise<number> {
    const lookedAt = this.options.now();
    const toldUntil = await this.options.log.runsToldUntil();
    const { current, missed } = await this.find(lookedAt, toldUntil);
    this.forgetAllBut(new Set([...current, ...missed]));
    await this.forgetIfLost();
    let isWaiting = false;
    let countingMs = 0;
    for await (const runIds of inChunks(this.unfinished(current))) {
      const askedAt = this.options.now().getTime();
      const runs = await this.options.runs.getMany(runIds);
      countingMs += this.options.now().getTime() - askedAt;
      await this.tellUnderWay(runs);
      for (const run of runs) {
        if (run.status !== 'running' && !(await this.announceEnd(run))) isWaiting = true;
      }
    }
    this.lookIntervalMs = restAfter(countingMs, this.times.lookMs);
    const hasCaughtUp = await this.catchUp(missed);
    // Also while an end waits: that is a fresh one, and every look reaches back to it, whenever it comes.
    if (hasCaughtUp) await this.sayTold(lookedAt, toldUntil);
    const nextMs = isWaiting || !hasCaughtUp ? this.times.lookMs : this.times.sweepMs;
    return Math.max(nextMs, this.lookIntervalMs);
  }

  /** By their end and not by their start: a long run may have any number of shorter, newer ones beside it (B-28). */
  private async find(lookedAt: Date, toldUntil: Date | undefined): Promise<FoundRuns> {
    const { runs, log } = this.options;
    const { recent, since, lostFrom } = reachBack(lookedAt, toldUntil);
    const current = await runs.findCurrent(recent);
    if (since >= recent) return { current, missed: [] };
    if (lostFrom !== undefined) {
      const { record, source } = gapInRuns(lostFrom, since);
      await log.append([record], source);
    }
    const isCurrent = new Set(current);
    return { current, missed: (await runs.findCurrent(since)).filter((runId) => !isCurrent.has(runId)) };
  }

  private unfinished(runIds: readonly string[]): string[] {
    return runIds.filter((runId) => !this.finished.has(runId));
  }

  /** What ended while nobody was there to tell it. Resolves to false when some of it is left for the next look. */
  private async catchUp(missed: readonly string[]): Promise<boolean> {
    const endAt = this.options.now().getTime() + CATCH_UP_MS;
    for await (const runIds of inChunks(this.unfinished(missed))) {
      const runs = await this.options.runs.getMany(runIds);
      await this.tellUnderWay(runs);
      for (const run of runs) {
        if (run.status !== 'running') await this.announceEnd(run);
        // At least one at each look.
        if (this.stopped || this.options.now().getTime() >= endAt) return false;
      }
    }
    return true;
  }

  /** For whoever looks next, perhaps after a time in which nobody did. */
  private async sayTold(until: Date, saidBefore: Date | undefined): Promise<void> {
    const movedMs = Math.abs(until.getTime() - (saidBefore?.getTime() ?? 0));
    if (movedMs >= SAY_TOLD_EVERY_MS) await this.options.log.setRunsToldUntil(until);
  }

  /** In one call, and no run of which nothing is new: a storm of webhooks has hundreds of runs under way. */
  private async tellUnderWay(runs: readonly Run[]): Promise<void> {
    const news = runs
      .map((run) => ({ id: run.id, facts: factsUnderWay(run) }))
      .map((one) => ({ ...one, names: namesOf(one.facts) }))
      .filter(({ id, names }) => names !== this.told.get(id));
    if (news.length > 0) await this.options.log.append(news.flatMap(({ facts }) => facts));
    for (const { id, names } of news) this.told.set(id, names);
  }

  /** Resolves to false when it has to wait. */
  private async announceEnd(run: Run): Promise<boolean> {
    const { log, now } = this.options;
    // All of its units have, then; the log may have forgotten those by now, and not this.
    if ((await log.idOfFact(run.id, RUN_ENDED)) !== undefined) {
      this.finished.add(run.id);
      return true;
    }
    const isFresh = now().getTime() - (run.finishedAt?.getTime() ?? 0) < this.times.patienceMs;
    // Whoever was still planning for a run that was cancelled adds what it had planned to its counts.
    if (isFresh && run.status === 'cancelled') return false;
    if ((await log.toldUnits(run.id)) < run.counts.planned) {
      if (isFresh) return false;
      await this.tellUnits(run.id);
    }
    await log.append(factsOfEnd(run));
    this.finished.add(run.id);
    return true;
  }

  private async tellUnits(runId: string): Promise<void> {
    for await (const chunk of inChunks(this.options.runs.streamEnded(runId))) {
      await this.options.log.append(chunk.map((unit) => endOfUnit(runId, unit)));
    }
  }

  /** What is forgotten too early is told once more and recognised by the log. */
  private forgetAllBut(current: ReadonlySet<string>): void {
    for (const told of [this.told, this.finished])
      for (const runId of told.keys()) if (!current.has(runId)) told.delete(runId);
  }

  /** Redis was flushed, or the log has forgotten a run that lasts longer than its memory: all is told anew. */
  private async forgetIfLost(): Promise<void> {
    const [oldest] = this.told.keys();
    if (oldest === undefined || (await this.options.log.idOfFact(oldest, RUN_STARTED)) !== undefined) return;
    this.told.clear();
    this.finished.clear();
  }
}

/** The log tells a fact of a run once, by its name; a total that has grown is another one. */
function namesOf(facts: readonly LogRecord[]): string {
  return facts.map(({ claim }) => claim?.name).join();
}
