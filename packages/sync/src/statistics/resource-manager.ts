import { getHeapStatistics } from 'node:v8';
import type { FileServers, ServerStats } from '@reelsync/file-server';

const MIB = 1024 * 1024;
/** Above this share of what the process may use, garbage collection eats the time. */
const PRESSURE_FRACTION = 0.85;

export interface ResourceStats {
  /** Requests to all file servers of this process: under way, sent since it started, and waiting for their turn. */
  readonly activeHttpRequests: number;
  readonly totalHttpRequests: number;
  readonly pendingHttpRequests: number;
  readonly failedHttpRequests: number;
  readonly retriedHttpRequests: number;
  readonly heapUsedMb: number;
  /** Highest of all samples: one is taken here and whenever a unit of a direct sync has ended. */
  readonly peakHeapMb: number;
  readonly isMemoryPressure: boolean;
  readonly servers: Readonly<Record<string, ServerStats>>;
  readonly config: {
    readonly memoryThresholdMb: number;
    /** Requests at the same time, by server. */
    readonly httpConcurrency: Readonly<Record<string, number>>;
  };
}

export interface ResourceManagerOptions {
  readonly fileServers: () => readonly FileServers[];
  readonly heapUsed?: () => number;
  readonly heapLimit?: () => number;
}

/** What this process uses: requests to file servers and memory. */
export class ResourceManager {
  private readonly heapUsed: () => number;
  private readonly threshold: number;
  private peak = 0;

  constructor(private readonly options: ResourceManagerOptions) {
    const { heapLimit = () => getHeapStatistics().heap_size_limit } = options;
    this.heapUsed = options.heapUsed ?? (() => process.memoryUsage().heapUsed);
    this.threshold = PRESSURE_FRACTION * heapLimit();
  }

  /** Notes how much memory is in use; returns it in bytes. */
  sample(): number {
    const used = this.heapUsed();
    this.peak = Math.max(this.peak, used);
    return used;
  }

  stats(): ResourceStats {
    const used = this.sample();
    const adapters = this.options.fileServers().flatMap((servers) => servers.all());
    const all = adapters.map((adapter) => ({ server: adapter.server, stats: adapter.stats() }));
    const total = (count: (stats: ServerStats) => number) =>
      all.reduce((sum, { stats }) => sum + count(stats), 0);
    return {
      activeHttpRequests: total(({ active }) => active),
      totalHttpRequests: total((stats) => stats.total),
      pendingHttpRequests: total(({ pending }) => pending),
      failedHttpRequests: total(({ failed }) => failed),
      retriedHttpRequests: total(({ retried }) => retried),
      heapUsedMb: toMb(used),
      peakHeapMb: toMb(this.peak),
      isMemoryPressure: used > this.threshold,
      servers: Object.fromEntries(all.map(({ server, stats }) => [server.id, stats])),
      config: {
        memoryThresholdMb: toMb(this.threshold),
        httpConcurrency: Object.fromEntries(all.map(({ server }) => [server.id, server.concurrency])),
      },
    };
  }
}

function toMb(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}
