import { deepEqual } from './deep-equal';
import { lockState, type LockTree } from './locks';

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
 * B-42): a locked value is never part of the plan; under a partly locked key the open members are set one by one.
 */
export function planWrite(
  existing: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  unset: readonly string[],
  locks: LockTree | undefined,
): WritePlan {
  const plan: MutablePlan = { set: new Map(), unset: [] };
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== undefined && !BOOKKEEPING_FIELDS.has(key))
      planMember(plan, '', key, existing, value, locks);
  }
  for (const key of unset) {
    if (!BOOKKEEPING_FIELDS.has(key)) planRemoval(plan, '', key, existing, locks);
  }
  const paths = [...plan.set.keys(), ...plan.unset];
  return {
    set: Object.fromEntries(plan.set),
    unset: plan.unset,
    changedFields: [...new Set(paths.map((path) => path.split('.', 1)[0] ?? path))],
  };
}

function planMember(
  plan: MutablePlan,
  parentPath: string,
  key: string,
  existing: Readonly<Record<string, unknown>>,
  value: unknown,
  locks: LockTree | undefined,
): void {
  const lock = lockState(locks, key);
  const path = parentPath + key;
  const current = Object.hasOwn(existing, key) ? existing[key] : undefined;
  if (lock.kind === 'locked' || deepEqual(current, value)) return;
  if (lock.kind === 'open') {
    plan.set.set(path, value);
    return;
  }
  // The value is (or will be) an object of which some members are locked: write around them.
  if (!isPlainObject(value) || !isPlainObject(current)) {
    if (current === undefined) plan.set.set(path, value);
    return;
  }
  if ([...Object.keys(current), ...Object.keys(value)].some((name) => !isAddressable(name))) {
    // Member names with dots or dollars cannot be set by path: set the whole object, with the locked members as stored.
    const merged = mergeAroundLocks(current, value, lock.below);
    if (!deepEqual(merged, current)) plan.set.set(path, merged);
    return;
  }
  planMembersAroundLocks(plan, path, current, value, lock.below);
}

function planMembersAroundLocks(
  plan: MutablePlan,
  path: string,
  current: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  locks: LockTree,
): void {
  for (const [name, member] of Object.entries(value))
    planMember(plan, `${path}.`, name, current, member, locks);
  for (const name of Object.keys(current)) {
    if (!Object.hasOwn(value, name)) planRemoval(plan, `${path}.`, name, current, locks);
  }
}

function planRemoval(
  plan: MutablePlan,
  parentPath: string,
  key: string,
  existing: Readonly<Record<string, unknown>>,
  locks: LockTree | undefined,
): void {
  // A lock on any sub-path keeps the whole key: removing it would remove the locked value with it (§5.3).
  if (!Object.hasOwn(existing, key) || existing[key] === undefined || lockState(locks, key).kind !== 'open')
    return;
  plan.unset.push(parentPath + key);
}

function mergeAroundLocks(
  current: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  locks: LockTree,
): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(value));
  for (const [name, member] of Object.entries(current)) {
    const lock = lockState(locks, name);
    const incoming = merged.get(name);
    if (lock.kind === 'locked') merged.set(name, member);
    if (lock.kind === 'partly') {
      merged.set(
        name,
        isPlainObject(member) && isPlainObject(incoming)
          ? mergeAroundLocks(member, incoming, lock.below)
          : member,
      );
    }
  }
  for (const name of Object.keys(value)) {
    // A locked member that is absent stays absent.
    if (!Object.hasOwn(current, name) && lockState(locks, name).kind === 'locked') merged.delete(name);
  }
  return Object.fromEntries(merged);
}

function isAddressable(name: string): boolean {
  return name !== '' && !name.includes('.') && !name.startsWith('$');
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
