import { Command, InvalidArgumentError } from 'commander';
import { PATHS } from '@reelsync/dev-installation';

export interface DemoOptions {
  /** Run every step once on fresh data, then stop. */
  readonly once: boolean;
  /** One JSON object on stdout instead of tables. */
  readonly json: boolean;
  /** Distinct movies over both sample libraries. */
  readonly titles: number;
  /** Where the data of a demo that is not `--once` stays for the next start. */
  readonly dataDir: string;
}

const DEFAULT_TITLES = 3000;

export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  return new Command('demo')
    .description(
      'Runs all of Reelsync on this machine, against two sample file servers over real film titles.',
    )
    .option('--once', 'run every step once on fresh data, then stop', false)
    .option('--json', 'print one JSON object on stdout; logs go to stderr', false)
    .option('--titles <n>', 'movies over both sample libraries', parseTitles, DEFAULT_TITLES)
    .option(
      '--data-dir <folder>',
      'where data stays for the next start; --once uses a folder of its own',
      PATHS.data,
    )
    .parse([...argv])
    .opts<DemoOptions>();
}

function parseTitles(value: string): number {
  const titles = Number(value);
  if (!Number.isInteger(titles) || titles < 1 || titles > 100_000) {
    throw new InvalidArgumentError('must be a whole number from 1 to 100000.');
  }
  return titles;
}
