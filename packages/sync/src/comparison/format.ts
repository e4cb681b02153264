import type { Spread } from './spread';

const THIN = 3;

/** `12.3`, `1,234`: at most three significant digits below a thousand. */
export function number(value: number): string {
  if (Math.abs(value) >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(THIN)));
}

export function milliseconds(value: number): string {
  return value < 10_000 ? `${number(value)} ms` : `${number(value / 1000)} s`;
}

export function megabytes(bytes: number): string {
  return `${number(bytes / 1e6)} MB`;
}

/** `12.3 (11.9 to 13.1)`; one round has no spread. */
export function spread(
  { median, min, max, rounds }: Spread,
  format: (value: number) => string = number,
): string {
  return rounds === 1 ? format(median) : `${format(median)} (${format(min)} to ${format(max)})`;
}

export function percent(share: number): string {
  return `${number(share * 100)} %`;
}
