import { lockState } from '../catalogue/locks';
import { valueAroundLocks } from '../catalogue/plan-write';
import type { ReelsyncError } from '../errors/reelsync-error';
import type { FetchedGroup, FieldGroup, FieldValues, Provider, UnitedGroup } from '../fields/field-group';
import { compact } from '../records/normalize-media';
import type { PlannedFetch, ResolveInput } from './resolution';

/** A resolution in the making. */
export interface Draft {
  readonly set: Map<string, unknown>;
  readonly unset: Set<string>;
  readonly absent: Set<string>;
  readonly provenance: Map<string, string>;
  readonly fetches: PlannedFetch[];
  readonly applied: Map<string, string>;
  readonly failures: ReelsyncError[];
}

/** Writes a whole group from its owner; members that the owner does not provide go, so that groups never mix (AV-8). */
export function setOwned<R>(
  input: ResolveInput<R>,
  group: FieldGroup<R>,
  owner: Provider<R>,
  values: FieldValues,
  draft: Draft,
): void {
  setValues(input, group, values, owner.server.id, draft);
}

function setValues<R>(
  input: ResolveInput<R>,
  group: FieldGroup<R>,
  offered: FieldValues,
  serverId: string | undefined,
  draft: Draft,
): void {
  const values = aroundLocks(input, group, offered);
  for (const field of group.fields) {
    if (Object.hasOwn(values, field)) {
      draft.set.set(field, values[field]);
      if (serverId !== undefined) draft.provenance.set(field, serverId);
    } else if (goesWhenUnread(group, field)) {
      draft.unset.add(field);
    }
  }
  for (const [source, field] of Object.entries(group.sources)) {
    if (
      serverId !== undefined &&
      Object.hasOwn(values, field) &&
      lockState(input.locks, field).kind !== 'locked'
    )
      draft.set.set(source, serverId);
  }
}

/** Fields that repeat members of the first one repeat those that an admin has locked there, too (RP-3). */
function aroundLocks<R>(
  { current, locks }: ResolveInput<R>,
  group: FieldGroup<R>,
  values: FieldValues,
): FieldValues {
  const [primary] = group.fields;
  const lock = lockState(locks, primary);
  if (lock.kind !== 'partly') return values;
  const stands = valueAroundLocks(current?.[primary], values[primary], lock);
  return compact({ ...values, ...repeatedOf(group, stands) });
}

/** As `aroundLocks` when the file is not read again: under a lock an admin may have changed what is repeated. */
export function repeatLocked<R>(
  { current, locks }: ResolveInput<R>,
  group: FieldGroup<R>,
  draft: Draft,
): void {
  const [primary] = group.fields;
  if (lockState(locks, primary).kind !== 'partly') return;
  for (const [field, value] of Object.entries(repeatedOf(group, current?.[primary]))) {
    if (value !== undefined) draft.set.set(field, value);
    else if (goesWhenUnread(group, field)) draft.unset.add(field);
  }
}

function repeatedOf<R>(group: FieldGroup<R>, primary: unknown): FieldValues {
  switch (group.kind) {
    case 'listed':
    case 'keyed':
      return {};
    case 'fetched':
    case 'united':
      return group.repeats?.(isObject(primary) ? primary : {}) ?? {};
  }
}

function isObject(value: unknown): value is FieldValues {
  return typeof value === 'object' && value !== null;
}

/** Facts of a listing go with it; of what a file says only the copies do. */
function goesWhenUnread<R>(group: FieldGroup<R>, field: string): boolean {
  switch (group.kind) {
    case 'listed':
    case 'keyed':
      return true;
    case 'fetched':
    case 'united':
      return group.copies?.includes(field) === true;
  }
}

/** Values that no provider owns; where they tell something of the show, the owner of its metadata is their source. */
export function setInherited<R>(
  input: ResolveInput<R>,
  group: FetchedGroup<R> | UnitedGroup<R>,
  values: FieldValues,
  draft: Draft,
): void {
  if (Object.keys(values).length > 0) setValues(input, group, values, input.parent?.inline?.serverId, draft);
}

export function isStored<R>({ current }: ResolveInput<R>, group: FieldGroup<R>): boolean {
  const value = current?.[group.fields[0]];
  return typeof value === 'object' && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null;
}

export function clearWhenAuthoritative<R>(input: ResolveInput<R>, group: FieldGroup<R>, draft: Draft): void {
  if (!input.authoritative) return;
  for (const field of clear(group, draft)) draft.absent.add(field);
}

export function clear<R>(group: FieldGroup<R>, draft: Draft): readonly string[] {
  const fields = [...group.fields, ...Object.keys(group.sources)];
  for (const field of fields) draft.unset.add(field);
  return fields;
}
