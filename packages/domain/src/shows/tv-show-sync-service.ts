import {
  canonicalHash,
  deepEqual,
  resolveShow,
  type FieldValues,
  type ShowRecord,
  type Unit,
  type UnitResult,
  type WritePlan,
} from '@reelsync/core';
import type {
  EpisodeRepository,
  InventoryRepository,
  SeasonRepository,
  StoredTVShow,
  TVShowRepository,
} from '@reelsync/database';
import type { FileReader } from '../pipeline/file-reader';
import { plannedWrite } from '../pipeline/planned-write';
import type { UnitContext } from '../pipeline/unit-context';
import { UnitReconciler, type UnitReconcilerOptions } from '../pipeline/unit-reconciler';
import { titlePlace, type ResolvedPart, type UnitShape, type UnitWrite } from '../pipeline/unit-shape';
import { showStrategies } from './strategies';

export interface TVShowSyncServiceOptions extends UnitReconcilerOptions {
  readonly shows: TVShowRepository;
  readonly seasons: Pick<SeasonRepository, 'renameShow'>;
  readonly episodes: Pick<EpisodeRepository, 'renameShow'>;
  readonly inventory: UnitReconcilerOptions['inventory'] & Pick<InventoryRepository, 'markChildrenPending'>;
  readonly readFile: FileReader;
}

/** Under this name the gate of a show remembers what its children were told. */
const TOLD = 'children';

type ShowUnit = Extract<Unit, { kind: 'show' }>;
type ShowShape = UnitShape<ShowUnit, ShowRecord, ShowRecord, null, StoredTVShow>;

/** Brings the headers of shows up to date; their seasons and episodes are units of their own. */
export class TVShowSyncService {
  private readonly reconciler: UnitReconciler<ShowUnit, ShowRecord, ShowRecord, null, StoredTVShow>;

  constructor(private readonly options: TVShowSyncServiceOptions) {
    this.reconciler = new UnitReconciler(options, this.shape());
  }

  /** `title` is the folder name, byte for byte. Throws ReelsyncError; a title that no server lists is TITLE_UNKNOWN. */
  syncShow(title: string, context: UnitContext): Promise<UnitResult> {
    return this.reconciler.reconcile({ kind: 'show', title }, context);
  }

  /**
   * Whether the catalogue reflects the show although its inventory moved. The token of its metadata covers the folder with
   * all seasons (contract §3.6), so it moves with every episode; mostly a look at the file shows that nothing has changed.
   */
  confirmShow(title: string, signal: AbortSignal): Promise<boolean> {
    return this.reconciler.confirm({ kind: 'show', title }, signal);
  }

  private shape(): ShowShape {
    const { shows, readFile } = this.options;
    return {
      strategies: showStrategies(readFile),
      find: async ({ title }) => titlePlace(await shows.load(title)),
      parts: ({ title }, providers) => [
        {
          key: '',
          label: title,
          fieldPrefix: '',
          resolve: (input, outcomes) => resolveShow({ ...input, title, providers }, outcomes),
        },
      ],
      inherited: () => undefined,
      write: (changes, stamp) => shows.smartBulkUpsert(changes, stamp),
      beforeWrite: (_unit, resolved, { applied }) =>
        Promise.resolve(TOLD in applied && resolved.some(tellsAnew) ? [TOLD] : []),
      afterWrite: (unit, write) => this.tellChildren(unit, write),
    };
  }

  /**
   * When the gate does not remember that the children were told what the show says about them: copies the display title
   * into them by id (B-3) and has them compared anew. The gate remembers it last, so a crash after the show's own write
   * repeats all of it.
   */
  private async tellChildren(
    { title }: ShowUnit,
    { mayHaveChildren, applied, stamp }: UnitWrite,
  ): Promise<Readonly<Record<string, string>>> {
    const { shows, seasons, episodes, inventory, now } = this.options;
    const show = await shows.load(title);
    if (show === null) return {};
    const told = canonicalHash([
      show._id.toHexString(),
      show.title,
      show.metadataSource,
      show.metadata?.['seasons'],
    ]);
    if (applied[TOLD] === told) return { [TOLD]: told };
    if (mayHaveChildren) {
      await Promise.all([
        seasons.renameShow(show._id, show.title, stamp),
        episodes.renameShow(show._id, show.title, stamp),
      ]);
    }
    await inventory.markChildrenPending(title, now());
    return { [TOLD]: told };
  }
}

/**
 * Whether the write changes anything that the children repeat. What they were told last does not tell: somebody else may
 * have changed the show since, and told them (the website's rename does), and this write may put it back.
 */
function tellsAnew(one: ResolvedPart<ShowRecord, StoredTVShow>): boolean {
  const { current } = one;
  if (current === null) return false;
  const { set, unset } = plannedWrite(one, current);
  return [...Object.keys(set), ...unset].some((path) => isToldToChildren(path, current.metadata, set));
}

function isToldToChildren(path: string, stored: FieldValues | undefined, set: WritePlan['set']): boolean {
  if (path === 'metadata') return !deepEqual(seasonsIn(stored), seasonsIn(set['metadata']));
  return path === 'title' || path === 'metadataSource' || `${path}.`.startsWith('metadata.seasons.');
}

function seasonsIn(metadata: unknown): unknown {
  return typeof metadata === 'object' && metadata !== null && 'seasons' in metadata
    ? metadata.seasons
    : undefined;
}
