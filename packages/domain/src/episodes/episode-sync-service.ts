import {
  episodeCode,
  inlineEpisode,
  resolveEpisode,
  seasonOf,
  type EpisodeRecord,
  type Provider,
  type SeasonEpisodesRecord,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type {
  EpisodeRepository,
  SeasonRepository,
  StoredEpisode,
  StoredSeason,
  StoredTVShow,
  TVShowRepository,
} from '@reelsync/database';
import type { FileReader } from '../pipeline/file-reader';
import type { ParentDesk } from '../pipeline/parent-desk';
import type { UnitContext } from '../pipeline/unit-context';
import { UnitReconciler, type UnitReconcilerOptions } from '../pipeline/unit-reconciler';
import type { FoundPlace, UnitPart, UnitPlace, UnitShape, UnitWrite } from '../pipeline/unit-shape';
import { episodeStrategies } from './strategies';

export interface EpisodeSyncServiceOptions extends UnitReconcilerOptions {
  readonly shows: Pick<TVShowRepository, 'load'>;
  readonly seasons: Pick<SeasonRepository, 'loadSeason'>;
  readonly episodes: EpisodeRepository;
  readonly parents: ParentDesk;
  readonly readFile: FileReader;
}

type EpisodesUnit = Extract<Unit, { kind: 'episodes' }>;

interface Parents {
  readonly show: StoredTVShow;
  readonly season: StoredSeason;
}

type EpisodesShape = UnitShape<EpisodesUnit, SeasonEpisodesRecord, EpisodeRecord, Parents, StoredEpisode>;

/**
 * Brings the episodes of a season up to date together: one read (and one more if files had to be read), all files side by
 * side, one bulk write, one gate.
 */
export class EpisodeSyncService {
  private readonly reconciler: UnitReconciler<
    EpisodesUnit,
    SeasonEpisodesRecord,
    EpisodeRecord,
    Parents,
    StoredEpisode
  >;

  constructor(private readonly options: EpisodeSyncServiceOptions) {
    this.reconciler = new UnitReconciler(options, this.shape(), options.parents);
  }

  /** `title` is the folder name of the show. Episodes without their season in the catalogue are PARENT_MISSING: try again. */
  syncEpisodes(title: string, season: number, context: UnitContext): Promise<UnitResult> {
    return this.reconciler.reconcile({ kind: 'episodes', title, season }, context);
  }

  private shape(): EpisodesShape {
    const { episodes, readFile } = this.options;
    return {
      strategies: episodeStrategies(readFile),
      find: (unit, parents) => this.find(unit, parents),
      parts: partsOf,
      inherited: ({ season: number }, { show, season }) => [
        show._id.toHexString(),
        season._id.toHexString(),
        show.title,
        show.metadataSource,
        seasonOf(show, number)?.['episodes'],
      ],
      write: (changes, stamp) => episodes.smartBulkUpsert(changes, stamp),
      afterWrite: (_unit, write, place) => this.takeAlong(write, place),
    };
  }

  private async find(
    { title, season: number }: EpisodesUnit,
    parents?: Parents,
  ): Promise<UnitPlace<Parents, StoredEpisode>> {
    const { shows, seasons, episodes } = this.options;
    const show = parents?.show ?? (await shows.load(title));
    if (show === null) return { status: 'parent-missing', parent: { kind: 'show', title } };
    const [season, stored] = await Promise.all([
      parents?.season ?? seasons.loadSeason(show._id, number),
      episodes.loadSeason(show._id, number),
    ]);
    if (season === null)
      return { status: 'parent-missing', parent: { kind: 'season', title, season: number } };
    const documents = new Map(stored.map((episode) => [String(episode.episodeNumber), episode]));
    return { status: 'found', parents: { show, season }, documents };
  }

  /** A season that was created again has another id; the episodes that no server lists any more follow it too (CL-5). */
  private async takeAlong(
    { stamp }: UnitWrite,
    { parents: { season }, documents }: FoundPlace<Parents, StoredEpisode>,
  ): Promise<Readonly<Record<string, string>>> {
    if ([...documents.values()].some(({ seasonId }) => !season._id.equals(seasonId)))
      await this.options.episodes.moveToSeason(season, season._id, stamp);
    return {};
  }
}

/** One document per episode that a server holds. Those that no server holds any more are left alone. */
function partsOf(
  { title, season: number }: EpisodesUnit,
  providers: readonly Provider<SeasonEpisodesRecord>[],
  { show, season }: Parents,
): UnitPart<EpisodeRecord>[] {
  return byEpisode(providers).map(([episodeNumber, ofEpisode]) => {
    const inline = inlineEpisode(show, number, episodeNumber);
    const parent = {
      showId: show._id,
      seasonId: season._id,
      showTitle: show.title,
      seasonNumber: number,
      ...(inline === undefined ? {} : { inline }),
    };
    return {
      key: String(episodeNumber),
      label: `${title} ${episodeCode(episodeNumber, number)}`,
      fieldPrefix: `${episodeCode(episodeNumber)}.`,
      resolve: (input, outcomes) =>
        resolveEpisode({ ...input, title, providers: ofEpisode, parent, episodeNumber }, outcomes),
    };
  });
}

/** Each episode with the servers that hold it, best first: ownership is decided per episode (B-2, AV-7). */
function byEpisode(
  providers: readonly Provider<SeasonEpisodesRecord>[],
): [number, Provider<EpisodeRecord>[]][] {
  const episodes = new Map<number, Provider<EpisodeRecord>[]>();
  for (const { server, record } of providers) {
    for (const episode of record.episodes)
      episodes.set(episode.number, [...(episodes.get(episode.number) ?? []), { server, record: episode }]);
  }
  return [...episodes].sort(([a], [b]) => a - b);
}
