import { Readable } from 'node:stream';

import { ReelsyncError } from '@reelsync/core';

import { originOf, type AdminDependencies, type Handlers } from '../handler';

/** Asking for scans and titles. */
export function syncRequestHandlers({
  config,
  requests,
}: Pick<AdminDependencies, 'config' | 'requests'>): Pick<Handlers, 'requestSync'> {
  return {
    requestSync: (input, { actor, signal }) => {
      const origin = originOf(actor);
      if (input.kind === 'scan') {
        const { servers, full, force, acceptShrunken } = input;
        const options = { full, force, acceptShrunken };
        return requests.requestScan({ ...options, ...origin, serverIds: serversToScan(config, servers) });
      }
      const { titles, operations, force } = input;
      const options = { ...origin, force, signal, ...(operations === undefined ? {} : { operations }) };
      switch (input.kind) {
        case 'movies':
          return requests.requestMovies(Readable.from(titles), options);
        case 'shows':
          return requests.requestShows(Readable.from(titles), options);
        case 'seasons':
          return requests.requestSeasons(Readable.from(titles), { ...options, ...seasonsOf(input) });
        case 'episodes':
          return requests.requestEpisodes(Readable.from(titles), {
            ...options,
            ...seasonsOf(input),
            ...(input.episodes === undefined ? {} : { episodes: input.episodes }),
          });
      }
    },
  };
}

function seasonsOf({ seasons }: { readonly seasons?: readonly number[] }): {
  readonly seasons?: readonly number[];
} {
  return seasons === undefined ? {} : { seasons };
}

/** The named servers, or all that are enabled. */
function serversToScan(
  { servers }: AdminDependencies['config'],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const enabled = servers.filter(({ enabled: isEnabled }) => isEnabled).map(({ id }) => id);
  const unknown = (wanted ?? []).filter((id) => !enabled.includes(id));
  if (enabled.length === 0)
    throw new ReelsyncError('SERVER_NOT_CONFIGURED', 'No file server is configured and enabled.');
  if (unknown.length > 0) {
    throw new ReelsyncError(
      'SERVER_NOT_CONFIGURED',
      `Not configured or not enabled: ${unknown.join(', ')}. Configured: ${enabled.join(', ')}.`,
    );
  }
  return wanted ?? enabled;
}
