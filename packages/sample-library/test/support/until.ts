import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds; jest's own time limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}
