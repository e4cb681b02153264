import {
  resolve,
  type FieldGroup,
  type FieldValues,
  type KeyedGroup,
  type Provider,
  type Resolution,
  type ResolveInput,
} from '@reelsync/core';
import type { FlatPass } from './flat-pass';

/**
 * May this pass decide about the group? Only the pass of its owner may, or any if it has none (B-2, AV-2). While not every
 * server has answered, what a silent better one owns stays as it is (AV-4).
 */
export function mayWrite<R>(
  group: FieldGroup<R>,
  providers: readonly Provider<R>[],
  current: FieldValues | null,
  pass: FlatPass,
): boolean {
  switch (group.kind) {
    case 'keyed':
      // Owned per key: see `resolveOwnKeys`.
      return true;
    case 'united':
      return isInherited(group) || pass.allAnswered || !isStored(current, group);
    case 'listed':
    case 'fetched': {
      const leader = group.kind === 'fetched' ? (group.follows ?? group) : group;
      const owner = providers.find((provider) => leader.provides(provider));
      if (owner !== undefined && owner.server.id !== pass.server.id) return false;
      return pass.allAnswered || !isHeld(leader, owner, current, pass);
    }
  }
}

/** Whether a file is this pass's to read, so that a hash of its server can be a reason to read it again. */
export function ownsFile<R>(
  groups: readonly FieldGroup<R>[],
  providers: readonly Provider<R>[],
  { server }: FlatPass,
): boolean {
  return groups.some((group) => {
    if (group.kind !== 'fetched') return false;
    const leader = group.follows ?? group;
    return providers.find((provider) => leader.provides(provider))?.server.id === server.id;
  });
}

/** A value from above; all other united values are counts over all servers (B-39). */
function isInherited<R>({ sources }: FieldGroup<R>): boolean {
  return Object.keys(sources).length > 0;
}

function isStored<R>(current: FieldValues | null, { fields: [field] }: FieldGroup<R>): boolean {
  return current?.[field] !== undefined;
}

function isHeld<R>(
  leader: FieldGroup<R>,
  owner: Provider<R> | undefined,
  current: FieldValues | null,
  pass: FlatPass,
): boolean {
  const [source] = Object.keys(leader.sources);
  // Without provenance nobody can say whose it is.
  if (source === undefined) return isStored(current, leader);
  const holder = current?.[source];
  return pass.isSilent(holder) && (owner === undefined || isBetter(holder, pass));
}

function isBetter(serverId: unknown, pass: FlatPass): boolean {
  return pass.rankOf(serverId) < pass.rankOf(pass.server.id);
}

/**
 * `resolve` for a group with an owner per key (AV-7, B-5): this pass sets the keys that its server owns, leaves those of
 * others as they are, and removes those that nobody lists, if that may be said.
 */
export function resolveOwnKeys<R>(input: ResolveInput<R>, group: KeyedGroup<R>, pass: FlatPass): Resolution {
  const [field] = group.fields;
  const stored = membersOf(input.current?.[field]);
  const owners = ownersOfKeys(group, input.providers);
  const isOwn = (key: string): boolean => {
    const holder = group.ownerOf(stored.get(key));
    return owners.get(key) === pass.server.id && !(pass.isSilent(holder) && isBetter(holder, pass));
  };
  const kept = [...stored].filter(([key]) => owners.has(key) || !input.authoritative);
  const isEmpty = kept.length === 0 && ![...owners.keys()].some(isOwn);
  const own: KeyedGroup<R> = {
    ...group,
    entries: (provider, toUrl) =>
      provider.server.id === pass.server.id
        ? group.entries(provider, toUrl).filter(({ key }) => isOwn(key))
        : [],
  };
  return resolve({
    ...input,
    table: [own],
    current:
      isEmpty || stored.size === 0 ? input.current : { ...input.current, [field]: Object.fromEntries(kept) },
    // What must go has been left out of `kept`; only the removal of the last key needs saying.
    authoritative: isEmpty && input.authoritative,
  });
}

/** Key -> the best server that lists it. */
function ownersOfKeys<R>(
  group: KeyedGroup<R>,
  providers: readonly Provider<R>[],
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const provider of providers) {
    for (const { key } of group.entries(provider, (path) => path))
      if (!owners.has(key)) owners.set(key, provider.server.id);
  }
  return owners;
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
