import { byPrecedence, lockFingerprint, readLocks, type MediaServer } from '@reelsync/core';
import type { DatabaseAdapter, MovieForCleanup } from '@reelsync/database';
import { createAuthority } from '@reelsync/domain';
import type { SyncFailure } from './sync-batch';

export type CleanupReason =
  /** Some server lists the title, whatever the caller's list says. */
  | 'listed'
  | 'manual-entry'
  | 'locked'
  /** Whether any server holds the title is unknown: at least one has not answered completely (CL-1). */
  | 'not-all-servers-answered'
  | 'no-server-lists-it';

export interface CleanupFinding {
  /** Folder name. */
  readonly title: string;
  readonly reason: CleanupReason;
  /** Servers that list the title. */
  readonly servers: readonly string[];
  /** Since when the last of its servers no longer lists it. */
  readonly missingSince?: Date;
}

export interface CleanupReport {
  /** Always 0: this only reports (decision 0018). */
  readonly orphansRemoved: 0;
  /** Always 0: a video that does not answer is no reason to delete a film (sync-semantics §5.4). */
  readonly invalidRemoved: 0;
  readonly wouldRemove: readonly CleanupFinding[];
  readonly kept: readonly CleanupFinding[];
  readonly errors: readonly SyncFailure[];
}

/** Films of the catalogue that are not among the titles, and what a safe clean-up would do with each. */
export async function reportCleanup(
  { movies, inventory, listings }: DatabaseAdapter,
  servers: readonly MediaServer[],
  availableTitles: readonly string[],
): Promise<CleanupReport> {
  const enabled = byPrecedence(servers);
  const isAuthoritative = await createAuthority(listings, enabled, 'movies')();
  const available = new Set(availableTitles);
  const wouldRemove: CleanupFinding[] = [];
  const kept: CleanupFinding[] = [];
  for await (const movie of movies.getAllMoviesForCleanup()) {
    if (available.has(movie.originalTitle)) continue;
    const finding = judge(movie, await whereabouts(inventory, enabled, movie.originalTitle), isAuthoritative);
    (finding.reason === 'no-server-lists-it' ? wouldRemove : kept).push(finding);
  }
  return { orphansRemoved: 0, invalidRemoved: 0, wouldRemove, kept, errors: [] };
}

type Whereabouts = Pick<CleanupFinding, 'servers' | 'missingSince'>;

/** Servers that are no longer configured do not count: what only they held is gone for good (CL-1). */
async function whereabouts(
  inventory: DatabaseAdapter['inventory'],
  enabled: readonly MediaServer[],
  title: string,
): Promise<Whereabouts> {
  const entries = await inventory.load({ kind: 'movie', title });
  const ofEnabled = entries.filter(({ serverId }) => enabled.some(({ id }) => id === serverId));
  const missing = ofEnabled.flatMap(({ missingSince }) => missingSince ?? []);
  return {
    servers: ofEnabled
      .filter(({ missingSince }) => missingSince === undefined)
      .map(({ serverId }) => serverId),
    ...(missing.length === 0 ? {} : { missingSince: new Date(Math.max(...missing.map(Number))) }),
  };
}

function judge(
  { originalTitle, manualEntry, lockedFields }: MovieForCleanup,
  { servers, missingSince }: Whereabouts,
  isAuthoritative: boolean,
): CleanupFinding {
  const finding = (reason: CleanupReason): CleanupFinding => ({
    title: originalTitle,
    reason,
    servers,
    ...(missingSince === undefined || servers.length > 0 ? {} : { missingSince }),
  });
  if (servers.length > 0) return finding('listed');
  if (manualEntry === true) return finding('manual-entry');
  if (lockFingerprint(readLocks(lockedFields)) !== '') return finding('locked');
  return finding(isAuthoritative ? 'no-server-lists-it' : 'not-all-servers-answered');
}
