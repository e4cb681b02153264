import { canonicalHash } from '../digest/canonical-hash';

/** Admin locks: a tree of `true`, e.g. `{posterURL: true, metadata: {overview: true}}`. Sync never changes a locked value. */
export type LockTree = Readonly<Record<string, unknown>>;

/** How a lock tree covers one key. */
export type LockState =
  | { readonly kind: 'open' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'partly'; readonly below: LockTree };

const OPEN: LockState = { kind: 'open' };

/** `true` locks the whole key, a non-empty tree only what it names (RP-3). Anything else is no lock. */
export function lockState(locks: LockTree | undefined, key: string): LockState {
  if (locks === undefined || !Object.hasOwn(locks, key)) return OPEN;
  const lock = locks[key];
  if (lock === true) return { kind: 'locked' };
  if (isTree(lock) && hasLock(lock)) return { kind: 'partly', below: lock };
  return OPEN;
}

/** The lock set as part of the gate: locking or unlocking anything re-opens the unit (B-43). */
export function lockFingerprint(locks: LockTree | undefined): string {
  return locks === undefined || !hasLock(locks) ? '' : canonicalHash(locks);
}

/** Reads `lockedFields` of a stored document; anything that is not a tree means "no locks". */
export function readLocks(value: unknown): LockTree | undefined {
  return isTree(value) ? value : undefined;
}

function hasLock(tree: LockTree): boolean {
  return Object.values(tree).some((lock) => lock === true || (isTree(lock) && hasLock(lock)));
}

function isTree(value: unknown): value is LockTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
