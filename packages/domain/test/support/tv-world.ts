import { unitKey, type EpisodeRecord, type MediaServer, type Unit } from '@reelsync/core';
import type { StoredEpisode, StoredSeason, StoredTVShow } from '@reelsync/database';
import { compareTv, expectedTv, type BuildOptions, type ExpectedTv } from '@reelsync/sample-library';
import {
  disposeSampleWorld,
  oracleServers,
  startSampleWorld,
  type SampleOptions,
  type SampleWorld,
} from './sample-world';
import { collect, type Scan, type World } from './world';

export interface Catalogue {
  readonly shows: readonly StoredTVShow[];
  readonly seasons: readonly StoredSeason[];
  readonly episodes: readonly StoredEpisode[];
}

export interface TvWorld extends SampleWorld {
  /** Compares shows, seasons and episodes with what the libraries say. */
  readonly expectTv: () => Promise<void>;
}

const EQUAL = { missing: [], unexpected: [], differences: [], equal: true };

export interface TvOptions extends SampleOptions {
  readonly shows?: number;
}

/** As `useSampleWorlds`, with shows and one movie. */
export function useTvWorlds(): (options?: TvOptions) => Promise<TvWorld> {
  const started: TvWorld[] = [];
  afterEach(async () => {
    for (const world of started.splice(0)) await disposeSampleWorld(world);
  });
  return async (options) => {
    const world = await startTvWorld(options);
    started.push(world);
    return world;
  };
}

async function startTvWorld(options: TvOptions = {}): Promise<TvWorld> {
  const library: Partial<BuildOptions> = { titles: 0, shows: options.shows ?? 8, ...options.library };
  const started = await startSampleWorld({ movies: ['1923'], ...options, library, tv: true });
  const { world, alpha, beta } = started;
  return {
    ...started,
    expectTv: async () => expectTv(world, expectedTv(oracleServers([alpha, 1], [beta, 2]))),
  };
}

export async function expectTv(world: World, expected: ExpectedTv): Promise<void> {
  const { shows, seasons, episodes } = await tvCatalogue(world);
  const comparison = await compareTv(expected, { shows, seasons, episodes });
  expect(comparison).toMatchObject({ shows: EQUAL, seasons: EQUAL, episodes: EQUAL });
}

/** Keys of the documents that are not the same in both, by collection. */
export function changedDocuments(before: Catalogue, after: Catalogue): Record<keyof Catalogue, string[]> {
  return {
    shows: changed(before.shows, after.shows, ({ originalTitle }) => originalTitle),
    seasons: changed(
      before.seasons,
      after.seasons,
      ({ showTitle, seasonNumber }) => `${showTitle} ${seasonNumber}`,
    ),
    episodes: changed(
      before.episodes,
      after.episodes,
      ({ showTitle, seasonNumber, episodeNumber }) => `${showTitle} ${seasonNumber} ${episodeNumber}`,
    ),
  };
}

function changed<D extends { readonly _id: { toHexString(): string } }>(
  before: readonly D[],
  after: readonly D[],
  nameOf: (document: D) => string,
): string[] {
  const texts = new Map(before.map((document) => [document._id.toHexString(), JSON.stringify(document)]));
  return after
    .filter((document) => texts.get(document._id.toHexString()) !== JSON.stringify(document))
    .map(nameOf);
}

export async function tvCatalogue({ database }: World): Promise<Catalogue> {
  const { tvShows, seasons, episodes } = database;
  return {
    shows: await collect(tvShows.findAll()),
    seasons: await collect(seasons.findAll()),
    episodes: await collect(episodes.findAll()),
  };
}

/** Fails the test when there is no such document. */
export async function showOf({ database }: World, title: string): Promise<StoredTVShow> {
  return required(await database.tvShows.load(title), title);
}

export async function seasonOfShow(world: World, title: string, season: number): Promise<StoredSeason> {
  const { _id } = await showOf(world, title);
  return required(await world.database.seasons.loadSeason(_id, season), `${title} ${season}`);
}

export async function episodeOf(
  world: World,
  title: string,
  season: number,
  episode: number,
): Promise<StoredEpisode> {
  const { _id } = await showOf(world, title);
  const found = await world.database.episodes.findEpisode(_id, season, episode);
  return required(found, `${title} S${season}E${episode}`);
}

/** unitKey -> outcome, or the code of the failure. */
export function unitOutcomes({ units }: Pick<Scan, 'units'>): Record<string, string> {
  return Object.fromEntries(units.map(({ unit, outcome, code }) => [unitKey(unit), code ?? outcome]));
}

export async function pendingUnits({ database }: World): Promise<string[]> {
  const kinds: Unit['kind'][] = ['show', 'season', 'episodes'];
  const units = await Promise.all(kinds.map((kind) => collect(database.inventory.streamPending(kind))));
  return units.flat().map(unitKey);
}

/** What a server lists of an episode. */
export async function listedEpisode(
  { database }: World,
  server: MediaServer,
  title: string,
  season: number,
  number: number,
): Promise<EpisodeRecord> {
  const entries = await database.inventory.load<{ episodes: readonly EpisodeRecord[] }>({
    kind: 'episodes',
    title,
    season,
  });
  const entry = entries.find(({ serverId }) => serverId === server.id);
  return required(
    entry?.record.episodes.find((episode) => episode.number === number),
    `${title} S${season}E${number}`,
  );
}

function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`there is no '${what}'`);
  return value;
}
