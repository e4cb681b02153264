import {
  episodeCode,
  inlineEpisode,
  parseEpisodeNumber,
  ReelsyncError,
  resolveEpisode,
  SOME_VALUE,
  type EpisodeRecord,
  type ParentContext,
  type Provider,
  type Resolution,
  type ResolveInput,
} from '@reelsync/core';
import type { StoredEpisode, StoredSeason } from '@reelsync/database';
import { episodeStrategies, type SyncStrategy } from '@reelsync/domain';
import { GateMemory } from './applied-memory';
import type { DocumentPlace } from './document-place';
import { DocumentSteps, withoutTitle } from './document-steps';
import { addOutcome } from './flat-result';
import type { PassContext } from './pass-context';
import type { SyncedSeason } from './season-pass';
import { readShowHashes } from './show-hashes';

/** The episodes of one season: those that the server lists, and what the show says of those that only others list. */
export class EpisodePass {
  private readonly strategies: readonly SyncStrategy<EpisodeRecord>[];

  constructor(private readonly context: PassContext) {
    this.strategies = episodeStrategies(context.readFile);
  }

  async sync(season: SyncedSeason): Promise<void> {
    const { database, tools, result } = this.context;
    const hashes = await this.readHashes(season);
    for (const [number, providers] of byEpisode(season.providers)) {
      const isListed = providers.some(({ server }) => server.id === tools.pass.server.id);
      const stored = await database.episodes.findEpisode(season.document.showId, season.number, number);
      if (stored === null && !isListed) continue;
      const place = this.placeOf(season, number, { providers, isListed, stored, hash: hashes.get(number) });
      const steps = new DocumentSteps(place, tools);
      await steps.create();
      addOutcome(result, await steps.run());
    }
  }

  private placeOf(
    { show, number: seasonNumber, document: season }: SyncedSeason,
    episodeNumber: number,
    found: Pick<DocumentPlace<EpisodeRecord, StoredEpisode>, 'providers' | 'isListed' | 'stored'> & {
      readonly hash: string | undefined;
    },
  ): DocumentPlace<EpisodeRecord, StoredEpisode> {
    const { database, tools } = this.context;
    const { episodes, seasons } = database;
    const { title } = show;
    const { hash, ...rest } = found;
    const parentOf = ({ _id }: StoredSeason): ParentContext => {
      const inline = inlineEpisode(show.document, seasonNumber, episodeNumber);
      return {
        showId: show.document._id,
        seasonId: _id,
        showTitle: show.document.title,
        seasonNumber,
        ...(inline === undefined ? {} : { inline }),
      };
    };
    let parent = parentOf(season);
    return {
      ...rest,
      subject: { mediaType: 'episode', title, seasonNumber, episodeNumber },
      label: `${title} ${episodeCode(episodeNumber, seasonNumber)}`,
      strategies: this.strategies,
      parent: () => parent,
      structure: (input) =>
        withOwnName(
          resolveEpisode({ ...input, parent, episodeNumber }),
          input,
          episodeNumber,
          tools.pass.server.id,
        ),
      reread: async () => {
        parent = parentOf(requireParent(await seasons.loadSeason(show.document._id, seasonNumber), title));
        return episodes.findEpisode(show.document._id, seasonNumber, episodeNumber);
      },
      isAlwaysReread: true,
      write: (entity, existing, options) => episodes.smartUpsert(entity, existing, options),
      memory: new GateMemory(
        database.gates,
        { kind: 'episodes', title, season: seasonNumber },
        `${episodeNumber}/`,
      ),
      ...(hash === undefined ? {} : { hash }),
      alwaysRead: [],
      probes: ['videoURL', 'thumbnail'],
    };
  }

  private async readHashes({ show, hashKey }: SyncedSeason): Promise<ReadonlyMap<number, string>> {
    if (hashKey === undefined) return new Map();
    const hashes = await readShowHashes(this.context, show.title, hashKey);
    return new Map(
      [...hashes].flatMap(([key, hash]) => {
        const number = parseEpisodeNumber(key, undefined, undefined);
        return number === undefined ? [] : [[number, hash] as const];
      }),
    );
  }
}

/** Each episode with the servers that hold it, best first. */
function byEpisode(providers: SyncedSeason['providers']): [number, Provider<EpisodeRecord>[]][] {
  const episodes = new Map<number, Provider<EpisodeRecord>[]>();
  for (const { server, record } of providers) {
    for (const episode of record.episodes)
      episodes.set(episode.number, [...(episodes.get(episode.number) ?? []), { server, record: episode }]);
  }
  return [...episodes].sort(([a], [b]) => a - b);
}

/**
 * The availability map says that a better server has a name for the episode, not which (B-16). A name that is stored then
 * stays until that server's own pass; a new episode gets ours until then.
 */
function withOwnName(
  resolution: Resolution,
  { current, providers }: ResolveInput<EpisodeRecord>,
  episodeNumber: number,
  serverId: string,
): Resolution {
  if (resolution.set['title'] !== SOME_VALUE) return resolution;
  const set = withoutTitle(resolution.set);
  if (typeof current?.['title'] === 'string' && current['title'] !== '') return { ...resolution, set };
  const name = providers.find(({ server }) => server.id === serverId)?.record.name;
  return { ...resolution, set: { ...set, title: name ?? `Episode ${episodeNumber}`, titleSource: serverId } };
}

function requireParent(season: StoredSeason | null, title: string): StoredSeason {
  if (season !== null) return season;
  throw new ReelsyncError('PARENT_FAILED', `a season of '${title}' was deleted meanwhile`, {
    context: { title },
  });
}
