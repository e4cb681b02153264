import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
import { z } from 'zod';
import { resolveServer, type ServerReference } from '../manager/server-reference';
import { countDifferences } from './catalogue-snapshot';
import { COMPARED_ENGINES, type ComparedEngine } from './compared-engine';
import { readComparedTitles } from './compared-titles';
import type { EngineComparison, EngineFigures } from './comparison-result';
import { contest } from './contest';
import type { FaultPlan } from './injected-faults';
import { judgeTargets } from './judge-targets';
import { measureEngine, type ComparedWork, type EngineRun } from './measure-engine';
import { ratioSpread, spreadOf, type Spread } from './spread';

export interface ComparisonRequest {
  readonly config: ReelsyncConfig;
  readonly server: ServerReference;
  /** Folder names of films and shows; none: as many as `limit`, spread evenly over what the server lists. */
  readonly titles: readonly string[];
  readonly limit?: number | undefined;
  readonly rounds?: number | undefined;
  /** Share of file requests that fail in the runs with faults, 0 to 1. */
  readonly faultRate?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Progress, for people. */
  readonly say?: ((line: string) => void) | undefined;
}

const settingsSchema = z.object({
  limit: z.int().min(1).default(50),
  rounds: z.int().min(1).max(100).default(3),
  faultRate: z.number().min(0).max(1).default(0.2),
});

/** Of one engine in one round. */
interface Round {
  readonly clean: EngineRun;
  /** Documents that faults left otherwise than they are without. */
  readonly failedUnderFaults: number;
}

type Rounds = Readonly<Record<ComparedEngine, readonly Round[]>>;

/**
 * Measures our engine in direct mode, which needs no Redis, against flat sync: a first synchronisation of the same titles of one server,
 * each in a process of its own over scratch databases. The live catalogue is neither read nor written.
 */
export async function compareEngines(request: ComparisonRequest): Promise<EngineComparison> {
  const { config, titles, signal = new AbortController().signal, say = ignoreLine } = request;
  const { limit, rounds, faultRate } = parseSettings(request);
  const server = resolveServer(request.server, config.servers);
  const listed = await readComparedTitles(server, { titles, limit }, signal);
  const work: ComparedWork = { config, server, titles: listed, signal };
  say('warm-up');
  await measureEngine('direct', work);
  const results = await contest(
    COMPARED_ENGINES.map((engine) => ({
      name: engine,
      measure: (round) => measureRound(engine, work, { rate: faultRate, seed: `round ${round + 1}` }),
    })),
    { rounds, say, describe: (name, round) => `${name}: round ${round + 1} of ${rounds}` },
  );
  const byEngine: Rounds = { direct: results.get('direct') ?? [], flat: results.get('flat') ?? [] };
  return {
    serverId: server.id,
    titles: { movies: Object.keys(listed.movies).length, shows: Object.keys(listed.tv).length },
    rounds,
    faultRate,
    ...evaluate(byEngine),
  };
}

async function measureRound(engine: ComparedEngine, work: ComparedWork, faults: FaultPlan): Promise<Round> {
  const clean = await measureEngine(engine, work);
  const faulty = await measureEngine(engine, work, faults);
  return { clean, failedUnderFaults: countDifferences(clean.catalogue, faulty.catalogue) };
}

function evaluate(rounds: Rounds): Omit<EngineComparison, 'serverId' | 'titles' | 'rounds' | 'faultRate'> {
  const engines = { direct: figuresOf(rounds.direct), flat: figuresOf(rounds.flat) };
  const ratio = (figure: keyof RunFigures): Spread | null =>
    ratioSpread(
      rounds.flat.map(({ clean }) => clean[figure]),
      rounds.direct.map(({ clean }) => clean[figure]),
    );
  const ratiosOfAll = {
    durationMs: ratio('durationMs'),
    httpRequests: ratio('httpRequests'),
    databaseCommands: ratio('databaseCommands'),
    bytes: ratio('bytes'),
    peakResidentBytes: ratio('peakResidentBytes'),
  };
  const failures = { direct: failuresOf(rounds.direct), flat: failuresOf(rounds.flat) };
  const { speed, memory, failures: errors } = judgeTargets({ ...engines, ratios: ratiosOfAll, failures });
  const { durationMs, results, memoryUsage } = lastOf(rounds.direct).clean;
  return {
    engines,
    ratios: ratiosOfAll,
    targets: [speed, memory, errors],
    warnings: warningsOf(rounds),
    newArchitecture: { duration: durationMs, results, memoryUsage },
    comparison: {
      speedImprovement: speed.measured,
      memoryEfficiency: memory.measured,
      errorReduction: errors.measured,
    },
  };
}

type RunFigures = Pick<
  EngineRun,
  'durationMs' | 'httpRequests' | 'databaseCommands' | 'bytes' | 'peakResidentBytes'
>;

function figuresOf(rounds: readonly Round[]): EngineFigures {
  const figure = (read: (round: Round) => number): Spread => spreadOf(rounds.map(read));
  return {
    durationMs: figure(({ clean }) => clean.durationMs),
    httpRequests: figure(({ clean }) => clean.httpRequests),
    databaseCommands: figure(({ clean }) => clean.databaseCommands),
    bytes: figure(({ clean }) => clean.bytes),
    peakResidentBytes: figure(({ clean }) => clean.peakResidentBytes),
    documents: figure(({ clean }) => clean.catalogue.size),
    failedUnderFaults: figure(({ failedUnderFaults }) => failedUnderFaults),
  };
}

/** A fast wrong answer is no answer, and what fails without faults was not done. */
function warningsOf({ direct, flat }: Rounds): string[] {
  const { clean: ours } = lastOf(direct);
  const { clean: theirs } = lastOf(flat);
  const differences = countDifferences(theirs.catalogue, ours.catalogue);
  const failed = Object.entries({ direct: ours, flat: theirs }).flatMap(([engine, { problems }]) =>
    problems.length === 0
      ? []
      : [`${engine}: ${problems.length} failures without injected faults, such as ${problems[0] ?? ''}`],
  );
  return [
    ...(differences === 0 ? [] : [`The engines wrote ${differences} documents differently`]),
    ...failed,
  ];
}

function failuresOf(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { failedUnderFaults }) => sum + failedUnderFaults, 0);
}

function lastOf(rounds: readonly Round[]): Round {
  const last = rounds.at(-1);
  if (last === undefined) throw new RangeError('nothing was measured');
  return last;
}

function parseSettings(request: ComparisonRequest): z.output<typeof settingsSchema> {
  const { success, data, error } = settingsSchema.safeParse(request);
  if (!success) throw new ReelsyncError('ARGUMENTS_INVALID', z.prettifyError(error));
  return data;
}

function ignoreLine(): void {
  // Nobody watches.
}
