import { quantile } from 'simple-statistics';

/** `fraction` 0 to 1. */
export function percentile(values: readonly number[], fraction: number): number {
  return quantile([...values], fraction);
}
