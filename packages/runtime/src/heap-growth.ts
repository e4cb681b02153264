import { setFlagsFromString } from 'node:v8';

/** Percent of what is alive that may be added before everything is collected. */
const GROWTH_PERCENT = 40;

/**
 * V8 lets the heap grow to several times of what is alive before it collects: about 50 MB are, and a busy worker had 300 MB
 * resident. Unlike a heap limit (`--max-old-space-size`) it can end no process: what is needed is given.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
