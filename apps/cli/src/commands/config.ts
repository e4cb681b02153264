import { describeConfig } from '@reelsync/config';
import { readConfig } from '../read-config';

/** `reelsync config`: the settings in effect, secrets masked. Needs neither MongoDB nor Redis. */
export function showConfig(): void {
  process.stdout.write(`${JSON.stringify(describeConfig(readConfig()), null, 2)}\n`);
}
