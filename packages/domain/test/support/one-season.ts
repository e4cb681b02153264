import { unitKey, type Unit } from '@reelsync/core';
import { ListingServer } from './listing-server';
import { episodeOf } from './tv-world';
import { World } from './world';

export const TITLE = 'Show';
export const UNIT: Unit = { kind: 'episodes', title: TITLE, season: 1 };
export const EPISODES = unitKey(UNIT);

const OWN_FILE = '/tv/Show/metadata.json';

export function fileOf(episode: number): string {
  return `/tv/Show/${episode}_metadata.json`;
}

/** Episode -> token of its metadata; null when it has none. */
export type Tokens = Readonly<Record<number, string | null>>;

/** A show with one season. */
export function listed(tokens: Tokens, token = '1'): Readonly<Record<string, object>> {
  const episodes = Object.entries(tokens).map(([number, hash]) => [
    `S01E${number}`,
    {
      videoURL: `/tv/Show/${number}.mp4`,
      episodeNumber: Number(number),
      ...(hash === null ? {} : { metadata: `${fileOf(Number(number))}?hash=${hash}` }),
    },
  ]);
  return listedSeason({ episodes: Object.fromEntries(episodes) }, token);
}

export function listedSeason(season: object, token = '1'): Readonly<Record<string, object>> {
  return { [TITLE]: { metadata: `${OWN_FILE}?hash=${token}`, seasons: { 'Season 1': season } } };
}

/** Servers alpha (priority 1) and beta (priority 2) that can hold one show with one season, and a Reelsync that knows both. */
export class OneSeason {
  private constructor(
    readonly alpha: ListingServer,
    readonly beta: ListingServer,
    readonly world: World,
  ) {}

  static async start(): Promise<OneSeason> {
    const [alpha, beta] = await Promise.all([ListingServer.start(), ListingServer.start('beta', 2)]);
    for (const { files } of [alpha, beta]) files.set(OWN_FILE, { name: TITLE });
    const world = await World.create({ servers: [alpha.configured, beta.configured], tv: true });
    return new OneSeason(alpha, beta, world);
  }

  /** What the show's own metadata says of one episode. */
  say(episode: number, name: string): void {
    const episodes = [{ episode_number: episode, name, overview: `of ${name}` }];
    const seasons = [{ season_number: 1, name: 'One', episodes }];
    this.alpha.files.set(OWN_FILE, { name: TITLE, seasons });
  }

  async titleOf(episode: number): Promise<string> {
    return (await episodeOf(this.world, TITLE, 1, episode)).title;
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    await Promise.all([this.alpha.close(), this.beta.close()]);
  }
}
