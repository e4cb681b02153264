import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A recorded response of a real file server. */
export function fixture(name: string): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(
    readFileSync(join(__dirname, '..', 'fixtures', `${name}.json`), 'utf8'),
  );
  return value;
}
