import { isTerminal, runIdsOf, SENTINELS, type NumberedEvent } from '@reelsync/core';

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

const ERRORS_SHOWN = 20;
const SENTINEL_ENTITIES: ReadonlySet<string> = new Set([...Object.values(SENTINELS)]);

/** How far one run is, from its events: the shapes of the website's admin page (sync-semantics §7.3). */
export class RunProgress {
  private processed = 0;
  private errors = 0;
  private total = 0;
  private ended = false;
  private readonly servers = new Map<string, ServerProgress>();

  constructor(private readonly runId: string) {}

  get isOver(): boolean {
    return this.ended;
  }

  totals(): RunTotals {
    // Children of a show may end before the run's new total is told.
    return { processed: this.processed, errors: this.errors, total: Math.max(this.total, this.processed) };
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

  apply(event: NumberedEvent): void {
    if (!this.concerns(event)) return;
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
        if (typeof total === 'number') this.total = total;
        return;
      }
      case SENTINELS.serverStarted:
        this.update(event.serverId, {});
        return;
      case SENTINELS.serverEnded:
        this.endServer(event);
        return;
      case SENTINELS.runEnded:
        this.ended = true;
        for (const id of this.servers.keys()) this.update(id, { status: 'complete', currentEntity: null });
        return;
      default:
        this.applyToUnit(event);
    }
  }

  private applyToUnit(event: NumberedEvent): void {
    const { serverId, entityId, operation } = event;
    const { processed = 0, errorCount = 0, errors = [] } = this.servers.get(serverId) ?? {};
    if (!isTerminal(event) || !runIdsOf(event).includes(this.runId)) {
      this.update(serverId, { currentEntity: entityId, currentOperation: operation ?? null });
      return;
    }
    const failed = event.type === 'error';
    this.processed += 1;
    const { total } = this.totals();
    if (failed) this.errors += 1;
    this.update(serverId, {
      processed: processed + 1,
      total,
      ...(failed ? errorsWith(errors, errorCount, `${entityId}: ${event.error ?? ''}`) : {}),
    });
  }

  private endServer({ serverId, data }: NumberedEvent): void {
    const { errors = [], errorCount = 0 } = this.servers.get(serverId) ?? {};
    const titles = data?.['titles'];
    const code = data?.['code'];
    this.update(serverId, {
      status: 'complete',
      ...(typeof titles === 'number' ? { total: titles, processed: titles } : {}),
      ...(typeof code === 'string' ? errorsWith(errors, errorCount, code) : {}),
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

function errorsWith(errors: readonly string[], errorCount: number, error: string) {
  return { errorCount: errorCount + 1, errors: [...errors, error].slice(-ERRORS_SHOWN) };
}
