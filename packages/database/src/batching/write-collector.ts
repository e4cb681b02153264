import DataLoader from 'dataloader';
import type { Document } from 'mongodb';
import { BATCH_WINDOW_MS } from './batch-loader';
import type { BulkWriter, WriteOperation, WriteOutcome } from './bulk-writer';
import { CHUNK_SIZE } from './chunks';

/**
 * Collects the writes of jobs that run at the same time into one bulk write (design decision 6). A batch is sent when its
 * window is over and the collection's previous bulk write has ended; meanwhile it goes on collecting.
 */
export class WriteCollector<D extends Document> {
  private readonly loader: DataLoader<WriteOperation<D>, WriteOutcome>;

  constructor(writer: BulkWriter<D>, windowMs: number = BATCH_WINDOW_MS) {
    this.loader = new DataLoader<WriteOperation<D>, WriteOutcome>((operations) => writer.write(operations), {
      cache: false,
      maxBatchSize: CHUNK_SIZE,
      batchScheduleFn: (dispatch) => void setTimeout(() => void writer.idle().then(dispatch), windowMs),
    });
  }

  /** Rejects with the error of this operation only. */
  write(operation: WriteOperation<D>): Promise<WriteOutcome> {
    return this.loader.load(operation);
  }
}
