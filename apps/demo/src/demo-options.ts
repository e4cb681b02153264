import { Command, InvalidArgumentError } from 'commander';
import { PATHS } from '@reelsync/dev-installation';

export interface DemoOptions {
  /** Run every step once on fresh data, then stop. */
  readonly once: boolean;
  /** One JSON object on stdout instead of tables. */
  readonly json: boolean;
  /** Distinct movies over both sample libraries. */
  readonly titles: number;
  /** Distinct shows over both sample libraries. */
  readonly shows: number;
  /** Where the data of a demo that is not `--once` stays for the next start. */
  readonly dataDir: string;
}

const DEFAULT_TITLES = 3000;
const DEFAULT_SHOWS = 60;

export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  return new Command('demo')
    .description(
      'Runs all of Reelsync on this machine, against two sample file servers over real film titles and made-up series.',
    )
    .option('--once', 'run every step once on fresh data, then stop', false)
    .option('--json', 'print one JSON object on stdout; logs go to stderr', false)
    .option('--titles <n>', 'movies over both sample libraries', parseCount, DEFAULT_TITLES)
    .option('--shows <n>', 'series over both sample libraries', parseCount, DEFAULT_SHOWS)
    .option(
      '--data-dir <folder>',
      'where data stays for the next start; --once uses a folder of its own',
      PATHS.data,
    )
    .parse([...argv])
    .opts<DemoOptions>();
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 100_000) {
    throw new InvalidArgumentError('must be a whole number from 1 to 100000.');
  }
  return count;
}
