import {
  inlineSeason,
  ReelsyncError,
  resolveSeason,
  type ParentContext,
  type Provider,
  type SeasonEpisodesRecord,
  type SeasonRecord,
  type Unit,
} from '@reelsync/core';
import type { StoredSeason, StoredTVShow } from '@reelsync/database';
import { seasonStrategies, type SyncStrategy } from '@reelsync/domain';
import { GateMemory } from './applied-memory';
import type { DocumentPlace } from './document-place';
import { DocumentSteps } from './document-steps';
import { ownsFile } from './flat-ownership';
import { addOutcome } from './flat-result';
import type { PassContext } from './pass-context';
import { hashKeyOf, readShowHashes } from './show-hashes';
import type { SyncedShow } from './synced-show';

/** A season that is in the catalogue, with what servers hold of its episodes. */
export interface SyncedSeason {
  readonly show: SyncedShow;
  readonly document: StoredSeason;
  readonly number: number;
  readonly providers: readonly Provider<SeasonEpisodesRecord>[];
  /** Under which the server hands out the hashes of its episodes. */
  readonly hashKey?: string;
}

interface SeasonOfShow {
  readonly show: SyncedShow;
  readonly number: number;
  readonly stored: StoredSeason | null;
  /** The server's own. */
  readonly hash?: string;
}

/**
 * The headers of the seasons of some shows: those that the server lists, and what their show says of those that only
 * others list.
 */
export class SeasonPass {
  private readonly strategies: readonly SyncStrategy<SeasonRecord>[];

  constructor(private readonly context: PassContext) {
    this.strategies = seasonStrategies(context.readFile);
  }

  async sync(shows: readonly SyncedShow[]): Promise<readonly SyncedSeason[]> {
    const { database } = this.context;
    const hashes = new Map<SyncedShow, ReadonlyMap<string, string>>();
    for (const show of shows) hashes.set(show, await this.readHashes(show));
    const found = await Promise.all(
      shows.flatMap((show) =>
        seasonNumbers(show).map(async (number): Promise<SeasonOfShow> => {
          const stored = await database.seasons.loadSeason(show.document._id, number);
          const key = this.hashKeyOf(show, number);
          const hash = key === undefined ? undefined : hashes.get(show)?.get(key);
          return { show, number, stored, ...(hash === undefined ? {} : { hash }) };
        }),
      ),
    );
    const synced: SyncedSeason[] = [];
    for (const season of found) {
      const document = await this.syncSeason(season);
      if (document === null) this.skipEpisodes(season);
      else synced.push(this.syncedSeason(season, document));
    }
    return synced;
  }

  /** Of no use to a pass that has no preview to read: the posters of all seasons are another server's. */
  private async readHashes(show: SyncedShow): Promise<ReadonlyMap<string, string>> {
    const groups = this.strategies.flatMap((strategy) => strategy.groups);
    const mayRead = seasonNumbers(show).some((number) =>
      ownsFile(groups, headersOf(show, number), this.context.tools.pass),
    );
    return mayRead ? readShowHashes(this.context, show.title) : new Map();
  }

  private hashKeyOf({ title }: SyncedShow, number: number): string | undefined {
    return hashKeyOf(this.context.tools.pass.listings.tv[title], number);
  }

  private async syncSeason(season: SeasonOfShow): Promise<StoredSeason | null> {
    const { database, tools, result } = this.context;
    const { show, number, stored } = season;
    const place = this.placeOf(season);
    if (stored === null && !place.isListed) return null;
    const steps = new DocumentSteps(place, tools);
    await steps.create();
    addOutcome(result, await steps.run());
    return steps.stored ?? database.seasons.loadSeason(show.document._id, number);
  }

  private placeOf({ show, number, stored, hash }: SeasonOfShow): DocumentPlace<SeasonRecord, StoredSeason> {
    const { database, tools } = this.context;
    const { seasons, tvShows, gates } = database;
    const { title } = show;
    const unit: Unit = { kind: 'season', title, season: number };
    const providers = headersOf(show, number);
    let parent = parentOf(show.document, number);
    return {
      subject: { mediaType: 'season', title, seasonNumber: number },
      label: `${title}, season ${number}`,
      strategies: this.strategies,
      providers,
      isListed: providers.some(({ server }) => server.id === tools.pass.server.id),
      stored,
      parent: () => parent,
      structure: (input) => resolveSeason({ ...input, parent }),
      reread: async () => {
        parent = parentOf(requireParent(await tvShows.load(title), title), number);
        return seasons.loadSeason(show.document._id, number);
      },
      isAlwaysReread: true,
      write: (entity, existing, options) => seasons.smartUpsert(entity, existing, options),
      memory: new GateMemory(gates, unit),
      ...(hash === undefined ? {} : { hash }),
      alwaysRead: [],
      probes: ['posterURL'],
    };
  }

  private syncedSeason({ show, number }: SeasonOfShow, document: StoredSeason): SyncedSeason {
    const providers = show.providers.flatMap(({ server, record }): Provider<SeasonEpisodesRecord>[] => {
      const episodes = record.seasons.find((season) => season.number === number)?.episodes;
      return episodes === undefined ? [] : [{ server, record: episodes }];
    });
    const isListed = providers.some(({ server }) => server.id === this.context.tools.pass.server.id);
    const hashKey = isListed ? this.hashKeyOf(show, number) : undefined;
    return { show, document, number, providers, ...(hashKey === undefined ? {} : { hashKey }) };
  }

  private skipEpisodes({ show, number }: SeasonOfShow): void {
    const { tools, result } = this.context;
    const own = show.providers.find(({ server }) => server.id === tools.pass.server.id);
    const season = own?.record.seasons.find((one) => one.number === number);
    for (const { number: episodeNumber } of season?.episodes.episodes ?? []) {
      const { title } = show;
      result.episodes.skippedEpisodes.push({
        mediaType: 'episode',
        title,
        seasonNumber: number,
        episodeNumber,
      });
    }
  }
}

function seasonNumbers({ providers }: SyncedShow): readonly number[] {
  const numbers = providers.flatMap(({ record }) => record.seasons.map(({ number }) => number));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function headersOf({ providers }: SyncedShow, number: number): readonly Provider<SeasonRecord>[] {
  return providers.flatMap(({ server, record }): Provider<SeasonRecord>[] => {
    const header = record.seasons.find((season) => season.number === number)?.header;
    return header === undefined ? [] : [{ server, record: header }];
  });
}

function parentOf(show: StoredTVShow, seasonNumber: number): ParentContext {
  const inline = inlineSeason(show, seasonNumber);
  return {
    showId: show._id,
    showTitle: show.title,
    seasonNumber,
    ...(inline === undefined ? {} : { inline }),
  };
}

function requireParent(show: StoredTVShow | null, title: string): StoredTVShow {
  if (show !== null) return show;
  throw new ReelsyncError('PARENT_FAILED', `show '${title}' was deleted meanwhile`, { context: { title } });
}
