import { resolveMovie, type MovieRecord, type Unit, type UnitResult } from '@reelsync/core';
import type { MovieRepository, StoredMovie } from '@reelsync/database';
import type { FileReader } from '../pipeline/file-reader';
import type { UnitContext } from '../pipeline/unit-context';
import { UnitReconciler, type UnitReconcilerOptions } from '../pipeline/unit-reconciler';
import { titlePlace, type UnitShape } from '../pipeline/unit-shape';
import { movieStrategies } from './strategies';

export interface MovieSyncServiceOptions extends UnitReconcilerOptions {
  readonly movies: MovieRepository;
  readonly readFile: FileReader;
}

type MovieUnit = Extract<Unit, { kind: 'movie' }>;
type MovieShape = UnitShape<MovieUnit, MovieRecord, MovieRecord, null, StoredMovie>;

/** Brings movies up to date, one title at a time; callers run many at once and their database work is batched below. */
export class MovieSyncService {
  private readonly reconciler: UnitReconciler<MovieUnit, MovieRecord, MovieRecord, null, StoredMovie>;

  constructor({ movies, readFile, ...options }: MovieSyncServiceOptions) {
    this.reconciler = new UnitReconciler(options, movieShape(movies, readFile));
  }

  /** `title` is the folder name, byte for byte. Throws ReelsyncError; a title that no server lists is TITLE_UNKNOWN. */
  syncMovie(title: string, context: UnitContext): Promise<UnitResult> {
    return this.reconciler.reconcile({ kind: 'movie', title }, context);
  }
}

function movieShape(movies: MovieRepository, readFile: FileReader): MovieShape {
  return {
    strategies: movieStrategies(readFile),
    find: async ({ title }) => titlePlace(await movies.load(title)),
    parts: ({ title }, providers) => [
      {
        key: '',
        label: title,
        fieldPrefix: '',
        resolve: (input, outcomes) => resolveMovie({ ...input, title, providers }, outcomes),
      },
    ],
    inherited: () => undefined,
    write: (changes, stamp) =>
      Promise.all(
        changes.map(({ entity, existing, unset }) =>
          movies.smartUpsert(entity, existing, { ...stamp, unset }),
        ),
      ),
  };
}
