import type { FetchOutcome, PlannedFetch } from '@reelsync/core';
import type { FileServers } from '@reelsync/file-server';
import type { FetchScope } from './sync-strategy';

/** The one way in which strategies read files of a title. */
export type FileReader = (planned: PlannedFetch, scope: FetchScope) => Promise<FetchOutcome>;

export function createFileReader(servers: Pick<FileServers, 'get'>): FileReader {
  return (planned, scope) => servers.get(planned.server.id).fetchFile(planned.content, planned.url, scope);
}
