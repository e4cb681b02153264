import { createHash } from 'node:crypto';
import {
  joinMediaUrl,
  planWrite,
  resolveMovie,
  type FetchOutcome,
  type LockTree,
  type MovieRecord,
  type PlannedFetch,
  type Provider,
  type Resolution,
  type WritePlan,
  type MovieResolveInput,
} from '@reelsync/core';

export type Document = Readonly<Record<string, unknown>>;

/** A small stand-in for MongoDB's update: `$set` and `$unset` with dotted paths, refusing what MongoDB refuses. */
export function applyPlan(document: Document, plan: Pick<WritePlan, 'set' | 'unset'>): Document {
  const paths = [...Object.keys(plan.set), ...plan.unset];
  for (const path of paths) {
    if (path.split('.').some((name) => name === '' || name.startsWith('$')))
      throw new Error(`MongoDB refuses the path '${path}'`);
    const rival = paths.find(
      (other, i) => i !== paths.indexOf(path) && (other === path || other.startsWith(`${path}.`)),
    );
    if (rival !== undefined) throw new Error(`'${path}' conflicts with '${rival}'`);
  }
  const set = Object.entries(plan.set).reduce(
    (doc, [path, value]) => update(doc, path.split('.'), () => value),
    document,
  );
  return plan.unset.reduce((doc, path) => update(doc, path.split('.'), () => undefined), set);
}

function update(document: Document, [name, ...rest]: readonly string[], change: () => unknown): Document {
  if (name === undefined) return document;
  const members = new Map(Object.entries(document));
  if (rest.length === 0) {
    const value = change();
    if (value === undefined) members.delete(name);
    else members.set(name, value);
  } else {
    const child = members.get(name) ?? {};
    if (!isObject(child)) throw new Error(`MongoDB cannot create '${rest.join('.')}' in '${name}'`);
    members.set(name, update(child, rest, change));
  }
  return Object.fromEntries(members);
}

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The value at a path of member names; descends objects only. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, name) => (isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined),
    value,
  );
}

/** Every path that a lock tree locks. */
export function lockedPaths(locks: LockTree | undefined): string[][] {
  return Object.entries(locks ?? {}).flatMap(([name, lock]) => {
    if (lock === true) return [[name]];
    return isObject(lock) ? lockedPaths(lock).map((path) => [name, ...path]) : [];
  });
}

/** How the files of the servers answer. */
export type Files = (fetch: PlannedFetch, providers: readonly Provider<MovieRecord>[]) => FetchOutcome;

export interface SyncInput {
  readonly title?: string;
  readonly providers: readonly Provider<MovieRecord>[];
  readonly locks?: LockTree | undefined;
  readonly authoritative?: boolean;
  readonly force?: boolean;
  readonly now?: Date;
  readonly files?: Files;
  readonly table?: MovieResolveInput['table'];
}

export interface Stored {
  readonly document: Document | null;
  readonly applied: Readonly<Record<string, string>>;
}

export interface Synced extends Stored {
  readonly document: Document;
  readonly resolution: Resolution;
  readonly plan: WritePlan;
  readonly fetches: readonly PlannedFetch[];
}

export const NOTHING: Stored = { document: null, applied: {} };
export const NOW = new Date('2026-01-02T03:04:05.000Z');

/** One whole pass over a title: resolve, read the planned files, resolve again, plan the write, apply it. */
export function sync(stored: Stored, options: SyncInput): Synced {
  const { providers, locks, files = everyFile, table } = options;
  const input: MovieResolveInput = {
    title: options.title ?? 'Some Folder (2001)',
    providers,
    current: stored.document,
    locks,
    authoritative: options.authoritative ?? true,
    applied: stored.applied,
    force: options.force ?? false,
    toUrl: joinMediaUrl,
    now: options.now ?? NOW,
    ...(table === undefined ? {} : { table }),
  };
  const { fetches } = resolveMovie(input);
  const outcomes = new Map(fetches.map((fetch) => [fetch.key, files(fetch, providers)]));
  const resolution = resolveMovie(input, outcomes);
  const current = stored.document ?? {};
  const plan = planWrite(current, resolution.set, resolution.unset, locks);
  return { document: applyPlan(current, plan), applied: resolution.applied, resolution, plan, fetches };
}

/** Every file exists; its content is a function of the server and of what the listing says about it. */
export const everyFile: Files = (fetch, providers) => ({
  status: 'fresh',
  content: contentOf(fetch, providers),
});

export function contentOf(fetch: PlannedFetch, providers: readonly Provider<MovieRecord>[]): unknown {
  const record = providers.find(({ server }) => server.id === fetch.server.id)?.record;
  switch (fetch.content) {
    case 'metadata':
      return metadataOf(fetch.server.id, record?.metadata ?? '');
    case 'blurhash': {
      const image = fetch.key === 'posterBlurhash' ? record?.images.poster : record?.images.backdrop;
      return previewOf(fetch.server.id, image?.path ?? '');
    }
  }
}

export function metadataOf(serverId: string, path: string): Readonly<Record<string, unknown>> {
  const file = lastSegment(path);
  return { title: `Title by ${serverId} ${file}`, overview: `Overview by ${serverId} ${file}`, runtime: 120 };
}

export function previewOf(serverId: string, imagePath: string): string {
  return createHash('sha256')
    .update(`${serverId} ${lastSegment(imagePath)}`)
    .digest('base64');
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A plan that would write nothing. */
export const NO_WRITE = { set: {}, unset: [], changedFields: [] };
