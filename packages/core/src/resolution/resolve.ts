import { lockFingerprint, lockState } from '../catalogue/locks';
import type { FetchedGroup, FieldGroup, KeyedGroup, ListedGroup, Provider } from '../fields/field-group';
import {
  clear,
  clearWhenAuthoritative,
  isStored,
  repeatLocked,
  setInherited,
  setOwned,
  type Draft,
} from './draft';
import type { FetchOutcome, Resolution, ResolveInput } from './resolution';

/**
 * The file was not there: what is stored is what was known before. That is a success, but never an answer for good (ST-1):
 * whenever the unit is looked at again, for a change or by the audit, so is the file.
 */
const MISSING = '(missing)';
/** What is stored came from the parents and no file has taken its place: it follows them until one does (ST-E3). */
const INHERITED = ' (inherited)';

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

/** Whether a listed file was not there when it was asked for. `applied` as `resolve` has returned it. */
export function lacksFiles(applied: Readonly<Record<string, string>>): boolean {
  return Object.values(applied).some((mark) => mark.startsWith(MISSING));
}

/** Whether a document is about to hold something else than a mark says of it. Marks as `resolve` has returned them. */
export function isOverwritten(before: string, after: string): boolean {
  return before !== after && !(before.endsWith(INHERITED) && after.endsWith(INHERITED));
}

function resolveGroup<R>(
  input: ResolveInput<R>,
  group: FieldGroup<R>,
  draft: Draft,
  outcomes: ReadonlyMap<string, FetchOutcome>,
): void {
  if (isFrozen(input, group)) {
    // While it was locked anything may have been stored: once unlocked, the file is read again, or the parents are asked
    // if it was theirs (B-43).
    if (isInherited(input, group)) draft.applied.set(group.name, INHERITED);
    else draft.applied.delete(group.name);
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
    case 'united':
      setInherited(input, group, group.read(input.providers, input.parent?.inline?.metadata), draft);
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
    else markApplied(group, inherit(input, group, draft), draft);
    return;
  }
  const version = [owner.server.id, group.version(owner.record), locksWithin(input, group)]
    .join(' ')
    .trimEnd();
  const outcome = outcomes.get(group.name);
  if (outcome === undefined) {
    if (isApplied(input, group, owner, version)) {
      repeatLocked(input, group, draft);
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

/** Both the gate and the document have to say so: a job that died between the two leaves them apart (CD-2). */
function isApplied<R>(
  input: ResolveInput<R>,
  group: FetchedGroup<R>,
  owner: Provider<R>,
  version: string,
): boolean {
  return (
    !input.force &&
    input.applied[group.name] === version &&
    input.current !== null &&
    group.isPopulated(input.current) &&
    isFrom(input, group, owner)
  );
}

/** Whether the document names this server as the source of the group. Where that is locked, it says nothing. */
function isFrom<R>(
  { current, locks }: ResolveInput<R>,
  group: FieldGroup<R>,
  { server }: Provider<R>,
): boolean {
  const [primary] = group.fields;
  return Object.entries(group.sources).every(
    ([source, field]) =>
      field !== primary || lockState(locks, source).kind === 'locked' || current?.[source] === server.id,
  );
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
      noteMissing(input, group, draft);
      return;
    case 'failed':
      draft.failures.push(outcome.error);
      standIn(input, group, draft);
      return;
  }
}

function noteMissing<R>(input: ResolveInput<R>, group: FetchedGroup<R>, draft: Draft): void {
  if (group.whenMissing === 'clear') clear(group, draft);
  const origin = group.whenMissing === 'clear' ? '' : inherit(input, group, draft);
  markApplied(group, MISSING + origin, draft);
}

/** What is shown while the file cannot be read: what the parents know, or a stub where nothing is stored (ST-M4, ST-E3). */
function standIn<R>(input: ResolveInput<R>, group: FetchedGroup<R>, draft: Draft): void {
  const origin = inherit(input, group, draft);
  if (origin !== '' && !isInherited(input, group)) markApplied(group, origin, draft);
  if (isStored(input, group)) return;
  const stub = group.stub?.(input.title, input.now) ?? {};
  for (const [field, value] of Object.entries(stub)) draft.set.set(field, value);
}

/**
 * Takes what the parents say now, unless what is stored came from a file or from before our time. Returns how the origin of
 * what is stored afterwards is remembered.
 */
function inherit<R>(input: ResolveInput<R>, group: FetchedGroup<R>, draft: Draft): typeof INHERITED | '' {
  const inherited = isInherited(input, group);
  if (!inherited && isStored(input, group)) return '';
  const inline = input.parent?.inline;
  const values = inline === undefined ? {} : (group.fallback?.(inline.metadata) ?? {});
  setInherited(input, group, values, draft);
  return inherited || Object.keys(values).length > 0 ? INHERITED : '';
}

function isInherited<R>({ applied }: ResolveInput<R>, { name }: FieldGroup<R>): boolean {
  return applied[name]?.endsWith(INHERITED) === true;
}

function markApplied<R>({ name }: FetchedGroup<R>, mark: string, draft: Draft): void {
  if (mark !== '') draft.applied.set(name, mark);
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
