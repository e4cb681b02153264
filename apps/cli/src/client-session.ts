import { userInfo } from 'node:os';
import { createAdmin, httpClient, localClient, type ReelsyncClient } from '@reelsync/admin';
import { ReelsyncError } from '@reelsync/core';
import { WORK_GOES_ON, withInterrupt } from './interrupt';
import { withSession } from './session';

/** What a command works with that an operator may run from anywhere. */
export interface ClientSession {
  readonly client: ReelsyncClient;
  /** Aborts on Ctrl-C; work that is under way in workers goes on. */
  readonly signal: AbortSignal;
}

/** Where it is done: by the API at `url`, else here, over MongoDB and Redis. */
export interface TargetOptions {
  readonly url?: string;
  readonly token?: string;
}

/** Runs a command over the API or directly; the command does not know which. */
export async function withClient(
  { url = process.env['REELSYNC_URL'], token = process.env['REELSYNC_TOKEN'] }: TargetOptions,
  use: (session: ClientSession) => Promise<void>,
): Promise<void> {
  if (url === undefined || url === '') {
    await withLocalClient(use);
    return;
  }
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new ReelsyncError('ARGUMENTS_INVALID', '--url is not the address of an API (http:// or https://).');
  if (token === undefined || token === '')
    throw new ReelsyncError('ARGUMENTS_INVALID', 'Give --token, or set REELSYNC_TOKEN.');
  await withInterrupt((signal) => use({ client: httpClient({ url, token }), signal }), WORK_GOES_ON);
}

function withLocalClient(use: (session: ClientSession) => Promise<void>): Promise<void> {
  return withSession(async ({ config, database, producer, redis, signal }) => {
    const bull = { connection: redis, prefix: config.redis.prefix };
    const admin = createAdmin({ config, database, producer, bull });
    const actor = { kind: 'cli', name: userInfo().username } as const;
    try {
      await use({ client: localClient(admin.handlers, { actor, signal }), signal });
    } finally {
      await admin.close();
    }
  });
}
