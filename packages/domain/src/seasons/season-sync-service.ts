import { inlineSeason, resolveSeason, type SeasonRecord, type Unit, type UnitResult } from '@reelsync/core';
import type {
  InventoryRepository,
  SeasonRepository,
  StoredSeason,
  StoredTVShow,
  TVShowRepository,
} from '@reelsync/database';
import type { FileReader } from '../pipeline/file-reader';
import type { ParentDesk } from '../pipeline/parent-desk';
import type { UnitContext } from '../pipeline/unit-context';
import { UnitReconciler, type UnitReconcilerOptions } from '../pipeline/unit-reconciler';
import { oneDocument, type ResolvedPart, type UnitShape } from '../pipeline/unit-shape';
import { seasonStrategies } from './strategies';

export interface SeasonSyncServiceOptions extends UnitReconcilerOptions {
  readonly shows: Pick<TVShowRepository, 'load'>;
  readonly seasons: SeasonRepository;
  readonly parents: ParentDesk;
  readonly inventory: UnitReconcilerOptions['inventory'] & Pick<InventoryRepository, 'markEpisodesPending'>;
  readonly readFile: FileReader;
}

type SeasonUnit = Extract<Unit, { kind: 'season' }>;
type SeasonShape = UnitShape<SeasonUnit, SeasonRecord, SeasonRecord, StoredTVShow, StoredSeason>;

/** Brings the headers of seasons up to date. Their show is found by folder name, they themselves by its id (B-12). */
export class SeasonSyncService {
  private readonly reconciler: UnitReconciler<
    SeasonUnit,
    SeasonRecord,
    SeasonRecord,
    StoredTVShow,
    StoredSeason
  >;

  constructor(private readonly options: SeasonSyncServiceOptions) {
    this.reconciler = new UnitReconciler(options, this.shape(), options.parents);
  }

  /** `title` is the folder name of the show. A season without its show in the catalogue is PARENT_MISSING: try again. */
  syncSeason(title: string, season: number, context: UnitContext): Promise<UnitResult> {
    return this.reconciler.reconcile({ kind: 'season', title, season }, context);
  }

  private shape(): SeasonShape {
    const { shows, seasons, readFile } = this.options;
    return {
      strategies: seasonStrategies(readFile),
      find: async ({ title, season }, parents) => {
        const show = parents ?? (await shows.load(title));
        if (show === null) return { status: 'parent-missing', parent: { kind: 'show', title } };
        const document = await seasons.loadSeason(show._id, season);
        return { status: 'found', parents: show, documents: oneDocument(document) };
      },
      parts: ({ title, season }, providers, show) => {
        const inline = inlineSeason(show, season);
        const parent = {
          showId: show._id,
          showTitle: show.title,
          seasonNumber: season,
          ...(inline === undefined ? {} : { inline }),
        };
        return [
          {
            key: '',
            label: `${title}, season ${season}`,
            fieldPrefix: '',
            resolve: (input, outcomes) => resolveSeason({ ...input, title, providers, parent }, outcomes),
          },
        ];
      },
      inherited: ({ season }, show) => [show._id.toHexString(), show.title, inlineSeason(show, season)],
      write: (changes, stamp) => seasons.smartBulkUpsert(changes, stamp),
      beforeWrite: (unit, resolved) => this.tellEpisodes(unit, resolved),
    };
  }

  /**
   * A season with a gate that is created now may have been there before: it gets another id, which its episodes do not know
   * yet; or they failed for want of it and are held back. Told before the write: until then episodes wait for their season,
   * and a job that dies in between has told them.
   */
  private async tellEpisodes(
    { title, season }: SeasonUnit,
    resolved: readonly ResolvedPart<SeasonRecord, StoredSeason>[],
  ): Promise<readonly string[]> {
    const { inventory, now } = this.options;
    if (resolved.some(({ current }) => current === null))
      await inventory.markEpisodesPending(title, season, now());
    return [];
  }
}
