import type { SyncResult } from '../manager/sync-batch';
import type { ComparedEngine } from './compared-engine';
import type { Spread } from './spread';

/** Figures of one engine over the rounds. */
export interface EngineFigures {
  /** Milliseconds of one first synchronisation of the titles, without start-up and index creation. */
  readonly durationMs: Spread;
  readonly httpRequests: Spread;
  readonly databaseCommands: Spread;
  /** Received from the file server, as they came over the network. */
  readonly bytes: Spread;
  /** Highest resident memory of the engine's process. */
  readonly peakResidentBytes: Spread;
  /** Documents in the catalogue afterwards. */
  readonly documents: Spread;
  /** Documents that are not as they are without faults, after one run with injected faults. */
  readonly failedUnderFaults: Spread;
}

/** Flat sync over ours, round by round: above 1 ours needs less. Null where ours needed none in some round. */
export type ComparisonRatios = Readonly<
  Record<'durationMs' | 'httpRequests' | 'databaseCommands' | 'bytes' | 'peakResidentBytes', Spread | null>
>;

export interface ComparisonTarget {
  readonly name: 'speed' | 'memory' | 'failures';
  /** As published: `30 to 50 % faster`. */
  readonly goal: string;
  /** With unit. */
  readonly measured: string;
  /** Not measurable: there was nothing to compare with, such as no failure of flat sync that there could be fewer of. */
  readonly verdict: 'met' | 'missed' | 'not measurable';
}

/** Two engines on the same titles. */
export interface EngineComparison {
  readonly serverId: string;
  readonly titles: { readonly movies: number; readonly shows: number };
  readonly rounds: number;
  /** Share of file requests that fail in the runs with faults, 0 to 1. */
  readonly faultRate: number;
  readonly engines: Readonly<Record<ComparedEngine, EngineFigures>>;
  readonly ratios: ComparisonRatios;
  readonly targets: readonly ComparisonTarget[];
  /** What makes figures doubtful. */
  readonly warnings: readonly string[];
  /** As in the earlier library: our engine in the last round. `duration` in milliseconds, memory in bytes. */
  readonly newArchitecture: {
    readonly duration: number;
    readonly results: readonly SyncResult[];
    readonly memoryUsage: { readonly start: NodeJS.MemoryUsage; readonly end: NodeJS.MemoryUsage };
  };
  /** As in the earlier library, but measured. */
  readonly comparison: {
    readonly speedImprovement: string;
    readonly memoryEfficiency: string;
    readonly errorReduction: string;
  };
}
