import {
  resolveMovie,
  type MediaServer,
  type MovieRecord,
  type ToUrl,
  type UnitResult,
} from '@reelsync/core';
import type { GateRepository, InventoryRepository, MovieRepository, StoredMovie } from '@reelsync/database';
import type { FileReader } from '../pipeline/file-reader';
import type { UnitContext } from '../pipeline/unit-context';
import { UnitReconciler } from '../pipeline/unit-reconciler';
import { movieStrategies } from './strategies';

export interface MovieSyncServiceOptions {
  readonly movies: MovieRepository;
  readonly inventory: InventoryRepository;
  readonly gates: GateRepository;
  /** Enabled servers, best first. */
  readonly servers: readonly MediaServer[];
  readonly readFile: FileReader;
  readonly isAuthoritative: () => Promise<boolean>;
  readonly fieldCleanup: 'enforce' | 'dry-run' | 'off';
  readonly toUrl: ToUrl;
  readonly now: () => Date;
}

/** Brings movies up to date, one title at a time; callers run many at once and their database work is batched below. */
export class MovieSyncService {
  private readonly reconciler: UnitReconciler<MovieRecord, StoredMovie>;

  constructor({ movies, readFile, ...options }: MovieSyncServiceOptions) {
    this.reconciler = new UnitReconciler({
      ...options,
      documents: movies,
      strategies: movieStrategies(readFile),
      resolve: resolveMovie,
    });
  }

  /** `title` is the folder name, byte for byte. Throws ReelsyncError; a title that no server lists is TITLE_UNKNOWN. */
  syncMovie(title: string, context: UnitContext): Promise<UnitResult> {
    return this.reconciler.reconcile({ kind: 'movie', title }, context);
  }
}
