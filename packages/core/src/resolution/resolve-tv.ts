import { planWrite } from '../catalogue/plan-write';
import { episodeFields } from '../fields/episode-fields';
import type { FieldValues, ParentContext, Provider } from '../fields/field-group';
import { seasonFields } from '../fields/season-fields';
import { showFields } from '../fields/show-fields';
import type { EpisodeRecord, SeasonRecord, ShowRecord } from '../records/tv-record';
import type { FetchOutcome, Resolution } from './resolution';
import { resolve } from './resolve';
import type { KindResolveInput } from './resolve-movie';
import { withStructure, type DefaultTitle } from './with-structure';

type Outcomes = ReadonlyMap<string, FetchOutcome>;

/** A document below others: its parents must be known before anything is decided about it (DM-2). */
type ChildResolveInput<R> = KindResolveInput<R> & { readonly parent: ParentContext };

export type ShowResolveInput = KindResolveInput<ShowRecord>;
export type SeasonResolveInput = ChildResolveInput<SeasonRecord>;
/** `title` is the folder name of the show. */
export type EpisodeResolveInput = ChildResolveInput<EpisodeRecord> & { readonly episodeNumber: number };

export function resolveShow(given: ShowResolveInput, outcomes?: Outcomes): Resolution {
  const input = { table: showFields, ...given };
  const resolution = withStructure(input, resolve(input, outcomes), {
    fixed: { type: 'tvShow', originalTitle: input.title },
    title: { text: input.title, serverId: bestServer(input.providers) },
  });
  return withoutIdleContentHash(input, resolution);
}

/**
 * The content hash moves with every episode. Alone it is no reason to write the show: an older one beside newer episodes
 * costs its readers nothing, a newer one beside older episodes hides them (CD-9, B-1).
 */
function withoutIdleContentHash({ current, locks }: ShowResolveInput, resolution: Resolution): Resolution {
  if (current === null) return resolution;
  const set = Object.fromEntries(Object.entries(resolution.set).filter(([field]) => field !== 'contentHash'));
  const unset = resolution.unset.filter((field) => field !== 'contentHash');
  const { changedFields } = planWrite(current, set, unset, locks);
  return changedFields.length > 0 ? resolution : { ...resolution, set, unset };
}

/** Called `Season N` unless the show's metadata knows better. */
export function resolveSeason(given: SeasonResolveInput, outcomes?: Outcomes): Resolution {
  const input = { table: seasonFields, ...given };
  const name = `Season ${input.parent.seasonNumber}`;
  return withStructure(input, resolve(input, outcomes), {
    fixed: { type: 'season', originalTitle: name, ...referencesOf(input.parent) },
    title: { text: name, serverId: bestServer(input.providers), unlessNamedBy: 'name' },
  });
}

export function resolveEpisode(given: EpisodeResolveInput, outcomes?: Outcomes): Resolution {
  const { episodeNumber, ...rest } = given;
  const input = { table: episodeFields, ...rest };
  return withStructure(input, resolve(input, outcomes), {
    fixed: { type: 'episode', originalTitle: input.title, ...referencesOf(input.parent), episodeNumber },
    title: { ...episodeTitle(input.providers, episodeNumber), unlessNamedBy: 'name' },
  });
}

function referencesOf({ showId, seasonId, showTitle, seasonNumber }: ParentContext): FieldValues {
  return { showId, ...(seasonId === undefined ? {} : { seasonId }), showTitle, seasonNumber };
}

/** The name that a server derived from the file name comes before a mere number (B-16). */
function episodeTitle(providers: readonly Provider<EpisodeRecord>[], episodeNumber: number): DefaultTitle {
  for (const { server, record } of providers) {
    if (record.name !== undefined) return { text: record.name, serverId: server.id };
  }
  return { text: `Episode ${episodeNumber}`, serverId: bestServer(providers) };
}

/** Without any provider nothing is resolved and the answer is not used. */
function bestServer(providers: readonly Provider<unknown>[]): string {
  return providers[0]?.server.id ?? '';
}
