import { REQUEST_CLASSES } from './request-class';
import type { RequestClass } from './request-class';

/** Counts of one class of requests. Control requests are not counted. */
export interface ClassStatistics {
  readonly requests: number;
  readonly notModified: number;
  /** Body bytes sent, after compression. */
  readonly bytes: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** How long its requests were open, added up: over a span of time, this is the mean number of open requests. */
  readonly openMs: number;
  /** Span of its requests: milliseconds since 1970, 0 when there were none. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Most of its requests that were open at one time. */
  readonly maxConcurrent: number;
}

export interface ServerStatistics {
  readonly classes: Readonly<Record<RequestClass, ClassStatistics>>;
  /** Most requests that were open at one time. */
  readonly maxConcurrent: number;
  readonly open: number;
  /** Path and query of the requests that a fault holds. */
  readonly held: readonly string[];
  /** Requests that ended without a complete answer: hung, cut, or given up by the client. */
  readonly unanswered: number;
  /** Sums over all classes. */
  readonly requests: number;
  readonly bytes: number;
}

interface Counter {
  requests: number;
  notModified: number;
  bytes: number;
  byStatus: Record<string, number>;
  openMs: number;
  firstAt: number;
  lastAt: number;
  maxConcurrent: number;
}

const emptyCounters = (): Record<RequestClass, Counter> => {
  const zero = (): Counter => ({
    ...{ requests: 0, notModified: 0, bytes: 0, byStatus: {} },
    ...{ openMs: 0, firstAt: 0, lastAt: 0, maxConcurrent: 0 },
  });
  return {
    listing: zero(),
    hashes: zero(),
    api: zero(),
    metadata: zero(),
    blurhash: zero(),
    image: zero(),
    video: zero(),
    caption: zero(),
    other: zero(),
  };
};

/** Counts what a server was asked and what it sent. */
export class Statistics {
  private counters = emptyCounters();
  private open = 0;
  private readonly openByClass = new Map<RequestClass, number>();
  private maxConcurrent = 0;
  private unanswered = 0;

  /** Returns when it began, for `ended`. */
  began(kind: RequestClass): number {
    const counter = this.counters[kind];
    const now = timeNow();
    counter.requests += 1;
    if (counter.firstAt === 0) counter.firstAt = now;
    this.open += 1;
    this.maxConcurrent = Math.max(this.maxConcurrent, this.open);
    counter.maxConcurrent = Math.max(counter.maxConcurrent, this.count(kind, 1));
    return now;
  }

  answered(kind: RequestClass, status: number, bytes: number): void {
    const counter = this.counters[kind];
    counter.byStatus[status] = (counter.byStatus[status] ?? 0) + 1;
    counter.bytes += bytes;
    if (status === 304) counter.notModified += 1;
  }

  ended(kind: RequestClass, beganAt: number, complete: boolean): void {
    const counter = this.counters[kind];
    counter.lastAt = timeNow();
    counter.openMs += counter.lastAt - beganAt;
    this.open -= 1;
    this.count(kind, -1);
    if (!complete) this.unanswered += 1;
  }

  /** Returns how many of the class are open now. */
  private count(kind: RequestClass, change: 1 | -1): number {
    const open = (this.openByClass.get(kind) ?? 0) + change;
    this.openByClass.set(kind, open);
    return open;
  }

  snapshot(): Omit<ServerStatistics, 'held'> {
    const all = REQUEST_CLASSES.map((kind) => this.counters[kind]);
    return {
      classes: structuredClone(this.counters),
      maxConcurrent: this.maxConcurrent,
      open: this.open,
      unanswered: this.unanswered,
      requests: all.reduce((sum, counter) => sum + counter.requests, 0),
      bytes: all.reduce((sum, counter) => sum + counter.bytes, 0),
    };
  }

  /** Starts all counts anew; requests that are open stay open. */
  reset(): void {
    this.counters = emptyCounters();
    this.maxConcurrent = this.open;
    this.unanswered = 0;
  }
}

/** Milliseconds since 1970, with fractions. */
function timeNow(): number {
  return performance.timeOrigin + performance.now();
}
