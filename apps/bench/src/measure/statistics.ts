import { quantile } from 'simple-statistics';

export { ratios, spreadOf } from '@reelsync/sync';

/** `fraction` 0 to 1. */
export function percentile(values: readonly number[], fraction: number): number {
  return quantile([...values], fraction);
}
