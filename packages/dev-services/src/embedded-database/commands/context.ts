import type { Cursors } from '../cursors';
import { CommandError } from '../errors';
import type { Catalog } from '../storage/catalog';
import type { Collection } from '../storage/collection';
import type { Reply } from '../wire/message';
import type { Arguments } from './arguments';
import type { FailPoints } from './fail-points';

export interface CommandCount {
  total: number;
  failed: number;
}

/** What a command runs with. */
export interface CommandContext {
  readonly database: string;
  readonly connectionId: number;
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  readonly failPoints: FailPoints;
  readonly startedAt: number;
  /** Command name -> how often it was called since the start. */
  readonly commandCounts: ReadonlyMap<string, CommandCount>;
  readonly now: () => number;
}

/** Runs to its end without yielding, so that every command is atomic. */
export type Handler = (args: Arguments, context: CommandContext) => Reply;

export function findCollection(context: CommandContext, name: string): Collection | undefined {
  return context.catalog.find(context.database, name);
}

export function requireAdmin(context: CommandContext): void {
  if (context.database === 'admin') return;
  throw new CommandError('IllegalOperation', 'this command may only be run against the admin database.');
}
