import { compareEngines } from '@reelsync/sync';
import { comparisonTables } from '../output/comparison-report';
import type { DatabaseSession } from '../session';
import { requireServers } from './scan';

export interface CompareOptions {
  readonly server?: string;
  readonly rounds: number;
  readonly limit: number;
  readonly json: boolean;
}

/** `reelsync compare`: our engine against flat sync, away from the live catalogue. */
export async function compare(
  { config, signal }: DatabaseSession,
  titles: readonly string[],
  { server, rounds, limit, json }: CompareOptions,
): Promise<void> {
  const [id = ''] = requireServers(config, server === undefined ? [] : [server]);
  const comparison = await compareEngines({
    config,
    titles,
    server: { id },
    rounds,
    limit,
    signal,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : `${comparisonTables(comparison)}\n`);
  for (const warning of comparison.warnings) process.stderr.write(`Warning: ${warning}\n`);
}
