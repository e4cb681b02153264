import { ALL_SERVERS, isGap, isTerminal, runIdsOf, SENTINELS, type NumberedEvent } from '@reelsync/core';
import type { Run, RunServer } from '@reelsync/database';
import { scopeOf } from '@reelsync/sync';

export interface RunTotals {
  readonly processed: number;
  readonly errors: number;
  readonly total: number;
}

export interface ServerProgress {
  readonly id: string;
  readonly status: 'syncing' | 'complete';
  readonly currentEntity: string | null;
  readonly currentOperation: string | null;
  readonly processed: number;
  readonly errorCount: number;
  /** The latest few. */
  readonly errors: readonly string[];
  readonly total: number;
}

/** What was told of a run up to an event, and how many of its units had failed. */
interface Before {
  readonly until: number;
  readonly units: number;
  readonly failed: number;
}

const ERRORS_SHOWN = 20;
const SENTINEL_ENTITIES: ReadonlySet<string> = new Set([...Object.values(SENTINELS)]);

/**
 * How far one run is, from its events: the shapes of the website's admin page (sync-semantics §7.3). Where the log does not
 * reach back to the run's beginning, the run and the log's counts tell the rest.
 */
export class RunProgress {
  private processed = 0;
  private errors = 0;
  private total = 0;
  private ended = false;
  /** Ends of units, and those that failed among them, whose events are gone. */
  private lost = { processed: 0, errors: 0 };
  private isIncomplete = false;
  private hasCaughtUp = false;
  private readonly servers = new Map<string, ServerProgress>();

  private constructor(
    private readonly runId: string,
    private readonly before: Before | undefined,
  ) {}

  /** Of a run that begins now, with an event. */
  static ofNew(runId: string): RunProgress {
    return new RunProgress(runId, undefined);
  }

  /** Of a run that has begun; apply next what is left of its events. Not whole: nobody knows any more where they begin. */
  static of(
    run: Run,
    { isWhole, ...told }: Omit<Before, 'failed'> & { readonly isWhole: boolean },
  ): RunProgress {
    const progress = new RunProgress(run.id, { ...told, failed: run.counts.failed });
    progress.isIncomplete = !isWhole;
    for (const serverId of scopeOf(run).serverIds) progress.update(serverId, {});
    for (const server of run.servers) progress.endServer(server);
    if (run.planningDone) progress.total = run.counts.planned;
    return progress;
  }

  get isOver(): boolean {
    return this.ended;
  }

  totals(): RunTotals {
    const { processed, errors, total, lost } = this;
    const counted = processed + lost.processed;
    // Children of a show may end before the run's new total is told.
    return { processed: counted, errors: errors + lost.errors, total: Math.max(total, counted) };
  }

  snapshot(): { readonly servers: Readonly<Record<string, ServerProgress>>; readonly totals: RunTotals } {
    return { servers: Object.fromEntries(this.servers), totals: this.totals() };
  }

  /** Whether a page that follows the run has to see the event. */
  concerns(event: NumberedEvent): boolean {
    if (runIdsOf(event).includes(this.runId)) return true;
    // Work that was begun for another run and merged with this one ends with both, but tells of its steps only there.
    return !SENTINEL_ENTITIES.has(event.entityId) && !isTerminal(event);
  }

  /** All events have been applied that there were when the progress was made; comes by itself with the newest of them. */
  catchUp(): void {
    if (this.hasCaughtUp) return;
    this.hasCaughtUp = true;
    if (this.before === undefined || !this.isIncomplete) return;
    const { units, failed } = this.before;
    const processed = Math.max(0, units - this.processed);
    // The run may know of failures that are still to be told.
    this.lost = { processed, errors: Math.min(Math.max(0, failed - this.errors), processed) };
    if (processed > 0) this.update(ALL_SERVERS, this.unitTotals());
  }

  apply(event: NumberedEvent): void {
    const { until = 0 } = this.before ?? {};
    if (isGap(event)) this.isIncomplete = true;
    else if (event.id > until) this.catchUp();
    if (this.concerns(event)) this.count(event);
    if (event.id === until) this.catchUp();
  }

  private count(event: NumberedEvent): void {
    switch (event.entityId) {
      case SENTINELS.runStarted:
      case SENTINELS.scan:
      case SENTINELS.webhook:
      case SENTINELS.titleWatch:
      case SENTINELS.schedule:
      case SENTINELS.gap:
        return;
      case SENTINELS.runPlanned: {
        const total = event.data?.['total'];
        if (typeof total === 'number') this.total = Math.max(this.total, total);
        return;
      }
      case SENTINELS.serverStarted:
        this.update(event.serverId, {});
        return;
      case SENTINELS.serverEnded:
        this.endServer(serverEndOf(event));
        return;
      case SENTINELS.runEnded:
        this.ended = true;
        // All of its units have ended, whether their events are still there or not.
        if (this.isIncomplete) this.lost.processed = Math.max(0, this.total - this.processed);
        for (const id of this.servers.keys()) this.update(id, { status: 'complete', currentEntity: null });
        return;
      default:
        this.applyToUnit(event);
    }
  }

  private applyToUnit(event: NumberedEvent): void {
    const { serverId, entityId, operation } = event;
    const { errorCount = 0, errors = [] } = this.servers.get(serverId) ?? {};
    if (!isTerminal(event) || !runIdsOf(event).includes(this.runId)) {
      this.update(serverId, { currentEntity: entityId, currentOperation: operation ?? null });
      return;
    }
    const failed = event.type === 'error';
    this.processed += 1;
    if (failed) this.errors += 1;
    this.update(serverId, {
      ...(failed ? errorsWith(errors, errorCount, `${entityId}: ${event.error ?? ''}`) : {}),
      ...this.unitTotals(),
    });
  }

  /** Units read every server, so the entry that stands for all of them has the totals of the run. */
  private unitTotals(): Pick<ServerProgress, 'processed' | 'errorCount' | 'total'> {
    const { processed, errors, total } = this.totals();
    return { processed, errorCount: errors, total };
  }

  /** Told by the run and by its event: once. */
  private endServer({ serverId, titles, code }: ServerEnd): void {
    const { status, errors = [], errorCount = 0 } = this.servers.get(serverId) ?? {};
    if (status === 'complete') return;
    this.update(serverId, {
      status: 'complete',
      ...(titles === undefined ? {} : { total: titles, processed: titles }),
      ...(code === undefined ? {} : errorsWith(errors, errorCount, code)),
    });
  }

  private update(id: string, change: Partial<ServerProgress>): void {
    const before = this.servers.get(id) ?? {
      id,
      status: 'syncing',
      currentEntity: null,
      currentOperation: null,
      processed: 0,
      errorCount: 0,
      errors: [],
      total: 0,
    };
    this.servers.set(id, { ...before, ...change });
  }
}

type ServerEnd = Pick<RunServer, 'serverId' | 'code'> & { readonly titles?: number };

function serverEndOf({ serverId, data }: NumberedEvent): ServerEnd {
  const titles = data?.['titles'];
  const code = data?.['code'];
  return {
    serverId,
    ...(typeof titles === 'number' ? { titles } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

function errorsWith(errors: readonly string[], errorCount: number, error: string) {
  return { errorCount: errorCount + 1, errors: [...errors, error].slice(-ERRORS_SHOWN) };
}
