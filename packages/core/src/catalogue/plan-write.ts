import { deepEqual } from './deep-equal';
import { lockState, type LockState, type LockTree } from './locks';

/** Written by the repository itself with every change; never part of a difference (sync-semantics §6.1 smartUpsert). */
export const BOOKKEEPING_FIELDS: ReadonlySet<string> = new Set([
  '_id',
  'createdAt',
  'updatedAt',
  'lastSynced',
  'syncRunId',
  'lockedFields',
  'manualEntry',
]);

/** The least write that brings a document to the wanted state; paths are dotted only below a sub-path lock. */
export interface WritePlan {
  readonly set: Readonly<Record<string, unknown>>;
  readonly unset: readonly string[];
  /** Top-level fields that change. Empty: there is nothing to write. */
  readonly changedFields: readonly string[];
}

interface MutablePlan {
  readonly set: Map<string, unknown>;
  readonly unset: string[];
}

/**
 * Compares only the keys of `wanted` (additive) and the names in `unset`, honours locks down to sub-paths (RP-2, RP-3,
 * B-42): a locked value, or its absence, stays as it is; under a partly locked key the open members are set one by one,
 * so that an edit which an admin makes meanwhile is not overwritten. A key that is wanted is never removed.
 */
export function planWrite(
  existing: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  unset: readonly string[],
  locks: LockTree | undefined,
): WritePlan {
  const plan: MutablePlan = { set: new Map(), unset: [] };
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined || BOOKKEEPING_FIELDS.has(key)) continue;
    const lock = lockState(locks, key);
    const current = memberOf(existing, key);
    planChange(plan, key, current, valueAroundLocks(current, value, lock), lock);
  }
  for (const key of unset) {
    if (memberOf(wanted, key) === undefined && !BOOKKEEPING_FIELDS.has(key))
      planRemoval(plan, key, existing, locks);
  }
  const paths = [...plan.set.keys(), ...plan.unset];
  return {
    set: Object.fromEntries(plan.set),
    unset: plan.unset,
    changedFields: [...new Set(paths.map((path) => path.split('.', 1)[0] ?? path))],
  };
}

/** Turns the difference into paths; only partly locked objects are entered, everything else is set as a whole. */
function planChange(
  plan: MutablePlan,
  path: string,
  current: unknown,
  target: unknown,
  lock: LockState,
): void {
  if (deepEqual(current, target)) return;
  if (target === undefined) {
    plan.unset.push(path);
    return;
  }
  if (lock.kind !== 'partly' || !isPlainObject(current) || !isPlainObject(target)) {
    plan.set.set(path, target);
    return;
  }
  const names = namesOf(target, current);
  if (!names.every(isAddressable)) {
    // Member names with dots or dollars cannot be set by path; the target holds the locked members as stored.
    plan.set.set(path, target);
    return;
  }
  for (const name of names)
    planChange(
      plan,
      `${path}.${name}`,
      memberOf(current, name),
      memberOf(target, name),
      lockState(lock.below, name),
    );
}

function planRemoval(
  plan: MutablePlan,
  key: string,
  existing: Readonly<Record<string, unknown>>,
  locks: LockTree | undefined,
): void {
  // A lock on any sub-path keeps the whole key: removing it would remove the locked value with it (§5.3).
  if (memberOf(existing, key) !== undefined && lockState(locks, key).kind === 'open') plan.unset.push(key);
}

/** What a stored value becomes when `value` is wanted in its place; undefined for "absent", in both and as the answer. */
export function valueAroundLocks(current: unknown, value: unknown, lock: LockState): unknown {
  switch (lock.kind) {
    case 'open':
      return value;
    case 'locked':
      return current;
    case 'partly':
      return targetAroundLocks(current, value, lock.below);
  }
}

function targetAroundLocks(current: unknown, value: unknown, locks: LockTree): unknown {
  if (isPlainObject(current)) {
    if (isPlainObject(value)) return mergeAroundLocks(current, value, locks);
    // Another kind of value would take the locked members with it; a removal takes the open ones only.
    return value === undefined ? unlessEmpty(mergeAroundLocks(current, {}, locks)) : current;
  }
  if (typeof current === 'object' && current !== null) return current;
  if (!isPlainObject(value)) return value;
  const open = mergeAroundLocks({}, value, locks);
  return Object.keys(value).length === 0 ? open : (unlessEmpty(open) ?? current);
}

function mergeAroundLocks(
  current: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  locks: LockTree,
): Record<string, unknown> {
  const merged = namesOf(value, current).map(
    (name) =>
      [
        name,
        valueAroundLocks(memberOf(current, name), memberOf(value, name), lockState(locks, name)),
      ] as const,
  );
  return Object.fromEntries(merged.filter(([, member]) => member !== undefined));
}

function unlessEmpty(value: Record<string, unknown>): Record<string, unknown> | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

function namesOf(...objects: readonly object[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

function memberOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isAddressable(name: string): boolean {
  return name !== '' && !name.includes('.') && !name.startsWith('$');
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
