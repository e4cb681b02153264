import { movieFields, type FetchOutcome, type MovieRecord, type PlannedFetch } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { FetchScope, SyncStrategy } from '../../pipeline/sync-strategy';

/** `metadata`, the display `title` that comes from it, and the hashes that readers know (ST-M3 … ST-M6). */
export class MovieMetadataStrategy implements SyncStrategy<MovieRecord> {
  readonly name = 'movie-metadata';
  readonly operation = 'metadata';
  readonly groups = movieFields.filter((group) => group.operation === this.operation);

  constructor(private readonly readFile: FileReader) {}

  fetch(planned: PlannedFetch, scope: FetchScope): Promise<FetchOutcome> {
    return this.readFile(planned, scope);
  }
}
