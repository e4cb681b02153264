import type { Benchmark } from '../benchmark';
export const events: Benchmark = { name: 'events', run: () => Promise.reject(new Error('later')) };
