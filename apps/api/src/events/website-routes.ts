import { isGap, ReelsyncError, runIdsOf, SENTINELS, type NumberedEvent } from '@reelsync/core';
import type { Run, RunRepository } from '@reelsync/database';
import { scopeOf, type EventFeed } from '@reelsync/sync';
import { Router } from 'express';

import { withinDeadline } from '../http/within-deadline';
import { lastEventIdOf } from './event-routes';
import type { StreamView } from './event-streams';
import type { GuardedStreams } from './guarded-streams';
import { RunProgress } from './run-progress';

export const SYNC_STREAM_PATH = '/api/authenticated/admin/sync-stream';
export const SYNC_STATUS_PATH = '/api/authenticated/admin/sync-status';

/** The page has this long to show the last event before the stream ends (sync-semantics §7.3). */
const END_AFTER_MS = 500;
const RECENT_RUNS = 20;
/** The page knows syncs: a request that waits half an hour for a title, or housekeeping, must not hide one. */
const SYNC_KINDS: readonly Run['scope']['kind'][] = ['all', 'servers', 'domain', 'titles'];
/** A run that ended longer ago is history: a page that is opened now waits for the next one. */
const RECENTLY_MS = 10 * 60_000;
const PAGE_SIZE = 500;

export interface WebsiteRoutesOptions {
  readonly streams: GuardedStreams;
  readonly feed: Pick<EventFeed, 'position' | 'eventsAfter' | 'beginningOf' | 'isEndForgotten' | 'toldUntil'>;
  readonly runs: Pick<RunRepository, 'list'>;
  readonly deadlineMs: number;
  readonly now: () => Date;
}

/**
 * The stream and the status that the website's admin page reads (sync-semantics §7.3). The page knows one sync at a time:
 * it follows the sync that was asked for last, and is told of that run's end only.
 */
export function websiteRoutes(options: WebsiteRoutesOptions): Router {
  const { streams, feed } = options;
  const { guard } = streams;
  const router = Router();
  router.get(SYNC_STREAM_PATH, ...guard, async (request, response) => {
    const seen = lastEventIdOf(request);
    await streams.serve(request, response, async () => {
      const run = await syncToFollow(options);
      const beginning = run === undefined ? undefined : await feed.beginningOf(run.id);
      const progress = run === undefined ? undefined : await beginProgress(run, beginning, feed);
      const position = await feed.position();
      return new RunView(run?.id, { progress, position, seen }).from(beginning);
    });
  });
  router.get(SYNC_STATUS_PATH, ...guard, async (_request, response) => {
    response.json(await statusOf(options));
  });
  return router;
}

const EMPTY = RunProgress.ofNew('').snapshot();

const databaseAway = () => new ReelsyncError('DATABASE_UNAVAILABLE', 'The database did not answer in time');
const logAway = () => new ReelsyncError('QUEUE_UNAVAILABLE', 'The event log did not answer in time');

/** Each of the two has a deadline of its own, so that the answer names the one that is away. */
async function statusOf(options: WebsiteRoutesOptions) {
  const { feed, deadlineMs } = options;
  const run = await withinDeadline(latestSync(options), deadlineMs, databaseAway);
  const snapshot = await withinDeadline(snapshotOf(run, feed), deadlineMs, logAway);
  return {
    active: run?.status === 'running',
    startTime: run?.startedAt.toISOString() ?? null,
    streamUrl: SYNC_STREAM_PATH,
    forced: run === undefined ? false : scopeOf(run).force,
    snapshot,
  };
}

async function snapshotOf(run: Run | undefined, feed: WebsiteRoutesOptions['feed']) {
  return run === undefined ? EMPTY : (await progressOf(run, feed)).snapshot();
}

/** Nobody is told any more how a sync ended whose end is gone: a page would wait for it for ever (B-28). */
async function syncToFollow(options: WebsiteRoutesOptions): Promise<Run | undefined> {
  const run = await latestSync(options);
  if (run === undefined || run.status === 'running') return run;
  return (await options.feed.isEndForgotten(run.id)) ? undefined : run;
}

/** The latest sync under way, however long ago it began, else the one that has just ended. */
async function latestSync({ runs, now }: WebsiteRoutesOptions): Promise<Run | undefined> {
  const [running] = await runs.list({ limit: 1, status: 'running', kinds: SYNC_KINDS });
  const recent = running === undefined ? await runs.list({ limit: RECENT_RUNS, kinds: SYNC_KINDS }) : [];
  const endOf = (run: Run): number => run.finishedAt?.getTime() ?? 0;
  const [last] = recent.sort((a, b) => endOf(b) - endOf(a));
  const since = now().getTime() - RECENTLY_MS;
  return running ?? (last !== undefined && endOf(last) >= since ? last : undefined);
}

async function beginProgress(
  run: Run,
  beginning: number | undefined,
  feed: Pick<EventFeed, 'toldUntil'>,
): Promise<RunProgress> {
  return RunProgress.of(run, { ...(await feed.toldUntil(run.id)), isWhole: beginning !== undefined });
}

async function progressOf(run: Run, feed: WebsiteRoutesOptions['feed']): Promise<RunProgress> {
  const beginning = await feed.beginningOf(run.id);
  const progress = await beginProgress(run, beginning, feed);
  const end = await feed.position();
  for (let after = (beginning ?? end + 1) - 1; after < end;) {
    const events = await feed.eventsAfter(after, PAGE_SIZE);
    for (const event of events) progress.apply(event);
    after = events.at(-1)?.id ?? end;
  }
  progress.catchUp();
  return progress;
}

interface RunViewOptions {
  readonly progress: RunProgress | undefined;
  readonly position: number;
  readonly seen?: number | undefined;
}

/** One page's view of the run that it follows; without one it follows the first that begins. */
class RunView {
  private progress: RunProgress | undefined;
  private readonly position: number;
  private readonly seen: number;

  constructor(
    private runId: string | undefined,
    { progress, position, seen = 0 }: RunViewOptions,
  ) {
    this.progress = progress;
    this.position = position;
    this.seen = seen;
  }

  /** The run's events are read from its beginning, also by a page that resumes, for the totals. */
  from(beginning: number | undefined): StreamView {
    return {
      after: beginning === undefined ? this.position : beginning - 1,
      frameOf: (event) => this.frameOf(event),
      endsAfterMs: (event) => (this.isEnd(event) ? END_AFTER_MS : undefined),
    };
  }

  private frameOf(event: NumberedEvent): string | undefined {
    if (this.progress === undefined) this.follow(event);
    if (this.progress === undefined) return undefined;
    this.progress.apply(event);
    // The page cannot know what to make of a gap.
    if (event.id <= this.seen || isGap(event) || !this.progress.concerns(event)) return undefined;
    const { id, ...rest } = event;
    const body = {
      ...rest,
      totals: this.progress.totals(),
      // The page ignores what is replayed, and would wait for ever for an end that it ignored (B-28).
      ...(id <= this.position && !this.isEnd(event) ? { replayed: true } : {}),
    };
    return `id: ${id}\ndata: ${JSON.stringify(body)}\n\n`;
  }

  private follow(event: NumberedEvent): void {
    if (event.entityId !== SENTINELS.runStarted) return;
    const scope = event.data?.['scope'];
    // An older process does not tell it.
    if (scope !== undefined && !SYNC_KINDS.some((kind) => kind === scope)) return;
    [this.runId] = runIdsOf(event);
    if (this.runId !== undefined) this.progress = RunProgress.ofNew(this.runId);
  }

  private isEnd(event: NumberedEvent): boolean {
    return (
      this.runId !== undefined &&
      event.entityId === SENTINELS.runEnded &&
      runIdsOf(event).includes(this.runId)
    );
  }
}
