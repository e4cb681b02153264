import type { GivenOf } from '@reelsync/admin';
import { ReelsyncError } from '@reelsync/core';
import type { ClientSession } from '../client-session';
import { awaitRun } from './await-run';
import { enqueueBulk } from './enqueue-bulk';
import type { Domain, EnqueueOptions } from './enqueue-options';

/** `reelsync enqueue <domain>`: syncs the named titles (folder names), those of a file, or all of the inventory. */
export async function enqueueTitles(
  session: ClientSession,
  domain: Domain,
  titles: readonly string[],
  options: EnqueueOptions,
): Promise<void> {
  const { all, file, resume, season } = options;
  const sources = [titles.length > 0, all, file !== undefined].filter(Boolean).length;
  const isResumedInventory = resume !== undefined && sources === 0;
  if ((sources !== 1 && !isResumedInventory) || (resume !== undefined && titles.length > 0)) {
    throw new ReelsyncError(
      'ARGUMENTS_INVALID',
      'Give titles, or --all, or --file FILE: exactly one of them.',
    );
  }
  if (all && season !== undefined)
    throw new ReelsyncError('ARGUMENTS_INVALID', 'Give titles when you give --season.');
  if (options.episode !== undefined && season?.length !== 1)
    throw new ReelsyncError('ARGUMENTS_INVALID', 'Give one --season when you give --episode.');
  if (options.episode !== undefined && (titles.length === 0 || options.missingOnly || options.dryRun))
    throw new ReelsyncError(
      'ARGUMENTS_INVALID',
      'Give titles, and nothing to count, when you give --episode.',
    );
  if (titles.length > 0 && !options.missingOnly && !options.dryRun)
    await enqueueNamed(session, domain, titles, options);
  else await enqueueBulk(session, domain, titles, options);
}

async function enqueueNamed(
  session: ClientSession,
  domain: Domain,
  titles: readonly string[],
  options: EnqueueOptions,
): Promise<void> {
  const request = requestOf(domain, titles, options);
  await awaitRun(session, await session.client.requestSync(request, { signal: session.signal }), options);
}

function requestOf(
  domain: Domain,
  titles: readonly string[],
  { force, operations, season, episode }: EnqueueOptions,
): GivenOf<'requestSync'> {
  const request = {
    titles: [...titles],
    force,
    ...(operations === undefined ? {} : { operations: [...operations] }),
  };
  const seasons = season === undefined ? {} : { seasons: [...season] };
  switch (domain) {
    case 'movies':
    case 'shows':
      return { kind: domain, ...request };
    case 'seasons':
      return { kind: domain, ...request, ...seasons };
    case 'episodes':
      return {
        kind: domain,
        ...request,
        ...seasons,
        ...(episode === undefined ? {} : { episodes: [...episode] }),
      };
  }
}
