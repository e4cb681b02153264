import type { Installation } from './installation';
import type { Finished, RunningProgram } from './run-program';

/** How an operator's command reaches an installation. */
export const WAYS = ['directly', 'over the API'] as const;
export type Way = (typeof WAYS)[number];

export const CLI_TOKEN = 'a-token-for-the-command-line-test';
/** What the API has to be started with. */
export const CLI_TOKEN_SETTINGS = { API_TOKENS: `laptop:${CLI_TOKEN}` };

/** Over the API the command knows nothing but its address and a token. */
const KNOWS_THE_API_ONLY = {
  MONGODB_URI: 'mongodb://127.0.0.1:1',
  REDIS_URL: 'redis://127.0.0.1:1',
  REELSYNC_TOKEN: CLI_TOKEN,
};

interface Place {
  readonly installation: Installation;
  readonly url: string;
}

export function cliBy(way: Way, place: Place, args: readonly string[]): Promise<Finished> {
  return startCliBy(way, place, args).finished;
}

/** For what the command does while other things happen. */
export function startCliBy(way: Way, { installation, url }: Place, args: readonly string[]): RunningProgram {
  return way === 'directly'
    ? installation.startCli(args)
    : installation.startCli([...args, '--url', url], { settings: KNOWS_THE_API_ONLY });
}

/** Who the record of actions says it was. */
export function actorOf(way: Way): object {
  return way === 'directly' ? { kind: 'cli' } : { kind: 'token', name: 'laptop' };
}
