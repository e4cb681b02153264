import type { DatabaseAdapter } from '@reelsync/database';
import type { FileReader } from '@reelsync/domain';
import type { FileServerAdapter } from '@reelsync/file-server';
import type { StepTools } from './document-place';
import type { FlatSyncResult } from './flat-result';

/** What the passes of all kinds work with. */
export interface PassContext {
  readonly database: Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes' | 'gates'>;
  readonly adapter: Pick<FileServerAdapter, 'fetchShowHashes'>;
  readonly readFile: FileReader;
  readonly tools: StepTools;
  readonly result: FlatSyncResult;
}
