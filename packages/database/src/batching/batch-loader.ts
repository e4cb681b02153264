import DataLoader from 'dataloader';
import { CHUNK_SIZE } from './chunks';

/** How long a lookup waits for others to share its query with, in milliseconds. */
export const BATCH_WINDOW_MS = 2;

/**
 * Collects the lookups of jobs that run at the same time into one call (design decision 6). Nothing is cached: every
 * job sees what is stored when its batch is read. The function answers in the order of
 * the keys that it gets, which are distinct unless they are objects.
 */
export class BatchLoader<K, V> {
  private readonly loader: DataLoader<K, V>;

  constructor(loadMany: (keys: readonly K[]) => Promise<readonly V[]>, windowMs: number = BATCH_WINDOW_MS) {
    this.loader = new DataLoader<K, V>(
      async (keys) => {
        const distinct = [...new Set(keys)];
        const answers = (await loadMany(distinct)).map((value) => ({ value }));
        const byKey = new Map(distinct.map((key, position) => [key, answers[position]]));
        return keys.map((key) => {
          const answer = byKey.get(key);
          return answer === undefined
            ? new RangeError('a batch lookup gave fewer answers than keys')
            : answer.value;
        });
      },
      {
        cache: false,
        maxBatchSize: CHUNK_SIZE,
        batchScheduleFn: (dispatch) => void setTimeout(dispatch, windowMs),
      },
    );
  }

  load(key: K): Promise<V> {
    return this.loader.load(key);
  }
}
