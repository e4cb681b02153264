import DataLoader from 'dataloader';
import { BATCH_LIMIT } from './chunks';

/**
 * Collects the lookups of jobs that run at the same time into one call (design decision 6). One call is under way at a
 * time, and what comes meanwhile is the next one: a lookup by itself waits for nobody, and the more a database has to do,
 * the more share a call. Nothing is cached: every job sees what is stored when its batch is read. The function answers in
 * the order of the keys that it gets, which are distinct unless they are objects; it must not use its own loader.
 */
export class BatchLoader<K, V> {
  private readonly loader: DataLoader<K, V>;
  private underWay = Promise.resolve();

  constructor(loadMany: (keys: readonly K[]) => Promise<readonly V[]>) {
    this.loader = new DataLoader<K, V>(
      async (keys) => {
        const distinct = [...new Set(keys)];
        const loading = loadMany(distinct);
        // To nothing: a promise that led to its answers would, through the next ones, keep all there ever were.
        this.underWay = Promise.allSettled([this.underWay, loading]).then(() => undefined);
        const answers = (await loading).map((value) => ({ value }));
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
        maxBatchSize: BATCH_LIMIT,
        batchScheduleFn: (dispatch) => void setImmediate(() => void this.underWay.then(dispatch)),
      },
    );
  }

  load(key: K): Promise<V> {
    return this.loader.load(key);
  }
}
