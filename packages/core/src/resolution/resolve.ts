import { lockFingerprint, lockState, type LockTree } from '../catalogue/locks';
import type { ReelsyncError } from '../errors/reelsync-error';
import type { MediaServer } from '../servers/media-server';
import type {
  FetchContent,
  FetchedGroup,
  FieldGroup,
  FieldTable,
  FieldValues,
  KeyedGroup,
  ListedGroup,
  Provider,
  ToUrl,
} from '../fields/field-group';

/** Everything that decides what a document should hold. */
export interface ResolveInput<R> {
  readonly title: string;
  readonly table: FieldTable<R>;
  /** What each enabled server that lists the title holds, best server first (`byPrecedence`). */
  readonly providers: readonly Provider<R>[];
  readonly current: FieldValues | null;
  readonly locks: LockTree | undefined;
  /** Every enabled server has given a complete listing, so absence is a fact and not ignorance (§5.3, AV-2). */
  readonly authoritative: boolean;
  /** Group name -> version of the file that was applied last, from the gate. */
  readonly applied: Readonly<Record<string, string>>;
  /** Read every file again (CD-5). */
  readonly force: boolean;
  readonly toUrl: ToUrl;
  readonly now: Date;
}

export interface PlannedFetch {
  /** The group's name. */
  readonly key: string;
  readonly content: FetchContent;
  readonly server: MediaServer;
  readonly url: string;
}

/** How reading a file ended (ST-1). Only fresh, revalidated and missing may advance a gate. */
export type FetchOutcome =
  | { readonly status: 'fresh' | 'revalidated'; readonly content: unknown }
  | { readonly status: 'missing' }
  | { readonly status: 'failed'; readonly error: ReelsyncError };

export interface Resolution {
  /** Wanted values of every field that a server owns. Locks are applied by `planWrite`. */
  readonly set: FieldValues;
  readonly unset: readonly string[];
  /**
   * The part of `unset` that is field-absence cleanup (§5.3) and may be switched off. The rest keeps groups whole (AV-8)
   * and may not: without it one encode's `hdr` would stay on another's video.
   */
  readonly absent: readonly string[];
  /** Field or `field.key` -> id of the server that owns it. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Files to read before the next call; empty when the resolution is complete. */
  readonly fetches: readonly PlannedFetch[];
  /** What the gate should remember as applied. */
  readonly applied: Readonly<Record<string, string>>;
  readonly failures: readonly ReelsyncError[];
}

interface Draft {
  readonly set: Map<string, unknown>;
  readonly unset: Set<string>;
  readonly absent: Set<string>;
  readonly provenance: Map<string, string>;
  readonly fetches: PlannedFetch[];
  readonly applied: Map<string, string>;
  readonly failures: ReelsyncError[];
}

const MISSING_SUFFIX = ' (missing)';

/**
 * Decides what a document should hold (design decision 4). Pure: same input, same answer, whatever order servers were
 * read in. Called first without outcomes to learn which files to read, then with them.
 */
export function resolve<R>(
  input: ResolveInput<R>,
  outcomes: ReadonlyMap<string, FetchOutcome> = new Map(),
): Resolution {
  const draft: Draft = {
    set: new Map(),
    unset: new Set(),
    absent: new Set(),
    provenance: new Map(),
    fetches: [],
    applied: new Map(Object.entries(input.applied)),
    failures: [],
  };
  if (input.providers.length > 0) {
    for (const group of input.table) resolveGroup(input, group, draft, outcomes);
  }
  return {
    set: Object.fromEntries(draft.set),
    unset: [...draft.unset],
    absent: [...draft.absent],
    provenance: Object.fromEntries(draft.provenance),
    fetches: draft.fetches,
    applied: Object.fromEntries(draft.applied),
    failures: draft.failures,
  };
}

function resolveGroup<R>(
  input: ResolveInput<R>,
  group: FieldGroup<R>,
  draft: Draft,
  outcomes: ReadonlyMap<string, FetchOutcome>,
): void {
  if (isFrozen(input, group)) {
    // While it was locked anything may have been stored: once unlocked, the file is read again (B-43).
    draft.applied.delete(group.name);
    return;
  }
  switch (group.kind) {
    case 'listed':
      resolveListed(input, group, draft);
      return;
    case 'fetched':
      resolveFetched(input, group, draft, outcomes);
      return;
    case 'keyed':
      resolveKeyed(input, group, draft);
      return;
  }
}

function isFrozen<R>(input: ResolveInput<R>, group: FieldGroup<R>): boolean {
  return [group, leaderOf(group)].some(({ fields }) => lockState(input.locks, fields[0]).kind === 'locked');
}

/** The best server that provides a group (§2.3). A follower belongs to the owner of the group that it follows. */
function ownerOf<R>(input: ResolveInput<R>, group: FieldGroup<R>): Provider<R> | undefined {
  const leader = leaderOf(group);
  return input.providers.find((provider) => leader.provides(provider));
}

function leaderOf<R>(group: FieldGroup<R>): FieldGroup<R> {
  return group.kind === 'fetched' ? (group.follows ?? group) : group;
}

function resolveListed<R>(input: ResolveInput<R>, group: ListedGroup<R>, draft: Draft): void {
  const owner = ownerOf(input, group);
  if (owner === undefined) {
    if (group.whenAbsent === 'clear') clearWhenAuthoritative(input, group, draft);
    return;
  }
  const values = group.read(owner, (path) => input.toUrl(owner.server, path));
  setOwned(input, group, owner, values, draft);
}

function resolveFetched<R>(
  input: ResolveInput<R>,
  group: FetchedGroup<R>,
  draft: Draft,
  outcomes: ReadonlyMap<string, FetchOutcome>,
): void {
  const owner = ownerOf(input, group);
  const path = owner === undefined ? undefined : group.path(owner.record);
  if (owner === undefined || path === undefined) {
    draft.applied.delete(group.name);
    // A leader without a follower is a fact about that server's title; without a leader only a full picture counts.
    if (owner !== undefined) clear(group, draft);
    else if (group.whenAbsent === 'clear') clearWhenAuthoritative(input, group, draft);
    return;
  }
  const version = [owner.server.id, group.version(owner.record), locksWithin(input, group)]
    .join(' ')
    .trimEnd();
  const outcome = outcomes.get(group.name);
  if (outcome === undefined) {
    if (isApplied(input, group, version)) {
      if (input.applied[group.name] === version + MISSING_SUFFIX && group.whenMissing === 'clear')
        clear(group, draft);
      return;
    }
    draft.fetches.push({
      key: group.name,
      content: group.content,
      server: owner.server,
      url: input.toUrl(owner.server, path),
    });
    return;
  }
  applyOutcome(input, group, owner, version, outcome, draft);
}

/** Locks below a group decide which parts of the file were stored: changing them means reading it again (B-43). */
function locksWithin<R>({ locks = {} }: ResolveInput<R>, group: FieldGroup<R>): string {
  return lockFingerprint(
    Object.fromEntries(Object.entries(locks).filter(([field]) => group.fields.includes(field))),
  );
}

function isApplied<R>(input: ResolveInput<R>, group: FetchedGroup<R>, version: string): boolean {
  if (input.force) return false;
  const applied = input.applied[group.name];
  if (applied === version + MISSING_SUFFIX) return true;
  return applied === version && input.current !== null && group.isPopulated(input.current);
}

function applyOutcome<R>(
  input: ResolveInput<R>,
  group: FetchedGroup<R>,
  owner: Provider<R>,
  version: string,
  outcome: FetchOutcome,
  draft: Draft,
): void {
  switch (outcome.status) {
    case 'fresh':
    case 'revalidated':
      draft.applied.set(group.name, version);
      setOwned(input, group, owner, group.read(outcome.content, owner), draft);
      return;
    case 'missing':
      draft.applied.set(group.name, version + MISSING_SUFFIX);
      if (group.whenMissing === 'clear') clear(group, draft);
      return;
    case 'failed':
      draft.failures.push(outcome.error);
      if (group.stub !== undefined && !(input.current !== null && hasPrimary(group, input.current))) {
        for (const [field, value] of Object.entries(group.stub(input.title, input.now)))
          draft.set.set(field, value);
      }
      return;
  }
}

function hasPrimary<R>(group: FieldGroup<R>, document: FieldValues): boolean {
  const value = document[group.fields[0]];
  return typeof value === 'object' && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null;
}

/** Writes a whole group from its owner; members that the owner does not provide go, so that groups never mix (AV-8). */
function setOwned<R>(
  input: ResolveInput<R>,
  group: FieldGroup<R>,
  owner: Provider<R>,
  values: FieldValues,
  draft: Draft,
): void {
  for (const field of group.fields) {
    if (Object.hasOwn(values, field)) {
      draft.set.set(field, values[field]);
      draft.provenance.set(field, owner.server.id);
    } else if (group.kind !== 'fetched') {
      draft.unset.add(field);
    }
  }
  for (const [source, field] of Object.entries(group.sources)) {
    if (Object.hasOwn(values, field) && lockState(input.locks, field).kind !== 'locked')
      draft.set.set(source, owner.server.id);
  }
}

/** Merges per key: the best server that lists a key owns it; keys that no server lists go once all have answered (B-5). */
function resolveKeyed<R>(input: ResolveInput<R>, group: KeyedGroup<R>, draft: Draft): void {
  const merged = new Map<string, unknown>();
  const [field] = group.fields;
  for (const provider of input.providers) {
    for (const { key, value } of group.entries(provider, (path) => input.toUrl(provider.server, path))) {
      if (merged.has(key)) continue;
      merged.set(key, value);
      draft.provenance.set(`${field}.${key}`, provider.server.id);
    }
  }
  // Until every server has answered, a key that nobody lists may still be somebody's (D-1).
  if (!input.authoritative) keepStored(input.current?.[field], merged);
  if (merged.size === 0) {
    if (!input.authoritative) return;
    // Locked keys stay, all others go; removing the whole field would do neither (RP-3).
    if (isPartlyLocked(input, field)) draft.set.set(field, {});
    else clear(group, draft);
    return;
  }
  const ordered = [...merged].sort(([a], [b]) => group.compareKeys(a, b));
  draft.set.set(field, Object.fromEntries(ordered));
  const first = ordered[0]?.[1];
  const firstOwner = group.ownerOf(first);
  for (const source of Object.keys(group.sources))
    if (firstOwner !== undefined) draft.set.set(source, firstOwner);
}

function isPartlyLocked<R>({ current, locks }: ResolveInput<R>, field: string): boolean {
  return current?.[field] !== undefined && lockState(locks, field).kind === 'partly';
}

function keepStored(stored: unknown, merged: Map<string, unknown>): void {
  if (typeof stored !== 'object' || stored === null) return;
  for (const [key, entry] of Object.entries(stored)) if (!merged.has(key)) merged.set(key, entry);
}

function clearWhenAuthoritative<R>(input: ResolveInput<R>, group: FieldGroup<R>, draft: Draft): void {
  if (!input.authoritative) return;
  for (const field of clear(group, draft)) draft.absent.add(field);
}

function clear<R>(group: FieldGroup<R>, draft: Draft): readonly string[] {
  const fields = [...group.fields, ...Object.keys(group.sources)];
  for (const field of fields) draft.unset.add(field);
  return fields;
}
