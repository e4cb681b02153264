import DataLoader from 'dataloader';
import type { Document } from 'mongodb';
import type { BulkWriter, WriteOperation, WriteOutcome } from './bulk-writer';
import { BATCH_LIMIT } from './chunks';

/**
 * Collects the writes of jobs that run at the same time into one bulk write (design decision 6). A batch is sent when the
 * collection's previous bulk write has ended; meanwhile it goes on collecting.
 */
export class WriteCollector<D extends Document> {
  private readonly loader: DataLoader<WriteOperation<D>, WriteOutcome>;

  constructor(writer: BulkWriter<D>) {
    this.loader = new DataLoader<WriteOperation<D>, WriteOutcome>((operations) => writer.write(operations), {
      cache: false,
      maxBatchSize: BATCH_LIMIT,
      batchScheduleFn: (dispatch) => void setImmediate(() => void writer.idle().then(dispatch)),
    });
  }

  /** Rejects with the error of this operation only. */
  write(operation: WriteOperation<D>): Promise<WriteOutcome> {
    return this.loader.load(operation);
  }
}
