import type { Narrowing, Unit, UnitKind } from '@reelsync/core';
import type { JobPayloads, UnitJobName } from '@reelsync/queue';

export interface UnitPayloadOptions extends Narrowing {
  readonly runId?: string | undefined;
}

type UseJobs<T> = <N extends UnitJobName>(name: N, payloads: readonly JobPayloads[N][]) => Promise<T>;

/** The jobs of units of one kind, one payload per unit, in order. */
export function withUnitJobs<T>(
  kind: UnitKind,
  units: readonly Unit[],
  { runId, operations, episodes }: UnitPayloadOptions,
  use: UseJobs<T>,
): Promise<T> {
  const common = {
    v: 1 as const,
    ...(runId === undefined ? {} : { runId }),
    ...(operations === undefined ? {} : { operations: [...operations] }),
  };
  const titles = units.map(({ title }) => ({ ...common, title }));
  const seasons = units.flatMap((unit) =>
    'season' in unit ? [{ ...common, title: unit.title, season: unit.season }] : [],
  );
  switch (kind) {
    case 'movie':
      return use('movie.sync', titles);
    case 'show':
      return use('show.sync', titles);
    case 'season':
      return use('season.sync', seasons);
    case 'episodes':
      return use(
        'episodes.sync',
        seasons.map((season) => ({
          ...season,
          ...(episodes === undefined ? {} : { episodes: [...episodes] }),
        })),
      );
  }
}
