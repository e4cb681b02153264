import type { ComparisonRatios, ComparisonTarget, EngineFigures } from './comparison-result';
import { megabytes, milliseconds, number, percent, spread } from './format';
import { spreadOf, type Spread } from './spread';

interface Measured {
  readonly direct: EngineFigures;
  readonly flat: EngineFigures;
  readonly ratios: Pick<ComparisonRatios, 'durationMs' | 'peakResidentBytes'>;
  /** Failed documents of all rounds together. */
  readonly failures: { readonly direct: number; readonly flat: number };
}

/** Lower ends of what was published. */
const LEAST = { speed: 0.3, memory: 0.2, failures: 0.5 } as const;

/** Whether the three published claims hold here. "30 % faster" is taken as 30 % less time, the stricter meaning. */
export function judgeTargets({
  direct,
  flat,
  ratios,
  failures,
}: Measured): Record<ComparisonTarget['name'], ComparisonTarget> {
  const medians = (format: (value: number) => string, figure: 'durationMs' | 'peakResidentBytes') =>
    `${format(direct[figure].median)} against ${format(flat[figure].median)}`;
  return {
    speed: {
      name: 'speed',
      goal: '30 to 50 % faster',
      ...judgeSaving('time', ratios.durationMs, LEAST.speed, medians(milliseconds, 'durationMs')),
    },
    memory: {
      name: 'memory',
      goal: '20 to 30 % less memory',
      ...judgeSaving(
        'memory',
        ratios.peakResidentBytes,
        LEAST.memory,
        medians(megabytes, 'peakResidentBytes'),
      ),
    },
    failures: {
      name: 'failures',
      goal: '50 % fewer failures',
      ...judgeFailures(failures),
    },
  };
}

type Judgement = Pick<ComparisonTarget, 'measured' | 'verdict'>;

function judgeSaving(what: string, ratio: Spread | null, least: number, medians: string): Judgement {
  if (ratio === null || ratio.min <= 0)
    return { measured: `no ratio: ${medians}`, verdict: 'not measurable' };
  const saving = savingOf(ratio);
  return { measured: `${changeIn(what, saving)}: ${medians}`, verdict: verdictOf(saving.median, least) };
}

function judgeFailures({ direct, flat }: Measured['failures']): Judgement {
  const counts = `${number(direct)} against ${number(flat)} documents`;
  if (flat === 0) {
    return direct === 0
      ? { measured: `no failures: ${counts}`, verdict: 'not measurable' }
      : { measured: `more failures: ${counts}`, verdict: 'missed' };
  }
  const saving = 1 - direct / flat;
  return {
    measured: `${percent(Math.abs(saving))} ${saving < 0 ? 'more' : 'fewer'} failures: ${counts}`,
    verdict: verdictOf(saving, LEAST.failures),
  };
}

/** Share that ours needs less; negative when it needs more. The greatest ratio is the greatest saving. */
function savingOf({ median, min, max, rounds }: Spread): Spread {
  const share = (ratio: number): number => 1 - 1 / ratio;
  return { median: share(median), min: share(min), max: share(max), rounds };
}

function changeIn(what: string, saving: Spread): string {
  if (saving.median >= 0) return `${spread(saving, wholePercent)} less ${what}`;
  const more = spreadOf([-saving.max, -saving.median, -saving.min]);
  return `${spread({ ...more, rounds: saving.rounds }, wholePercent)} more ${what}`;
}

function wholePercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function verdictOf(saving: number, least: number): ComparisonTarget['verdict'] {
  return saving >= least ? 'met' : 'missed';
}
