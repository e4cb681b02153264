import { movieFields, type FetchOutcome, type MovieRecord, type PlannedFetch } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { FetchScope, SyncStrategy } from '../../pipeline/sync-strategy';

/** Previews of poster and backdrop; read again when the image's token or owner changes (contract §6). */
export class MovieBlurhashStrategy implements SyncStrategy<MovieRecord> {
  readonly name = 'movie-blurhash';
  readonly operation = 'blurhash';
  readonly groups = movieFields.filter((group) => group.operation === this.operation);

  constructor(private readonly readFile: FileReader) {}

  fetch(planned: PlannedFetch, scope: FetchScope): Promise<FetchOutcome> {
    return this.readFile(planned, scope);
  }
}
