import { hashKey, joinKeys } from '../bson/compare';
import { setField, type BsonDocument } from '../bson/value';
import { CommandError } from '../errors';
import { matches } from '../query/match';
import { valuesAt } from '../query/paths';
import type { IndexSpecification } from './index-specification';

/** A document as the collection holds it; `document` is replaced as a whole and never changed in place. */
export interface Stored {
  readonly idKey: string;
  document: BsonDocument;
}

/** The keys of one document; null when a sparse or partial index leaves it out. */
export interface IndexKeys {
  readonly full: readonly string[];
  readonly first: readonly string[];
}

/** Most keys have one document: a set for each would cost several times the memory. */
type Bucket = Stored | Set<Stored>;

/** Hash maps on the full key and, for compound indexes, on the first field. */
export class HashIndex {
  private readonly full = new Map<string, Bucket>();
  private readonly first = new Map<string, Bucket>();
  private readonly members = new Set<Stored>();
  private readonly isCompound: boolean;
  /** Top-level fields on which the keys depend: an update that keeps their values keeps the keys. */
  private readonly roots: readonly string[] | null;

  constructor(readonly specification: IndexSpecification) {
    this.isCompound = specification.paths.length > 1;
    this.roots = specification.partial === null ? specification.paths.map((path) => path[0] ?? '') : null;
  }

  /** The documents in a sparse or partial index. */
  get indexed(): ReadonlySet<Stored> {
    return this.members;
  }

  isUnaffected(before: BsonDocument, after: BsonDocument): boolean {
    return this.roots?.every((root) => before[root] === after[root]) ?? false;
  }

  keysOf(document: BsonDocument): IndexKeys | null {
    const { partial, paths, sparse } = this.specification;
    if (partial !== null && !matches(partial.filter, document)) return null;
    const fields = paths.map((path) => fieldKeys(document, path));
    if (sparse && fields.every((field) => !field.exists)) return null;
    if (fields.filter((field) => field.isArray).length > 1) {
      throw new CommandError(
        'CannotIndexParallelArrays',
        `cannot index parallel arrays in ${this.specification.name}`,
      );
    }
    const keys = fields.map((field) => field.keys);
    const first = keys[0] ?? [];
    return { first, full: this.isCompound ? combinations(keys) : first };
  }

  /** True when another document holds one of the keys already. */
  conflict(keys: IndexKeys, self: Stored | null): boolean {
    return keys.full.some((key) => {
      const bucket = this.full.get(key);
      if (bucket === undefined) return false;
      return bucket instanceof Set ? [...bucket].some((stored) => stored !== self) : bucket !== self;
    });
  }

  add(stored: Stored, keys: IndexKeys | null): void {
    if (keys === null) return;
    for (const key of keys.full) addTo(this.full, key, stored);
    if (this.isCompound) for (const key of keys.first) addTo(this.first, key, stored);
    if (this.hasMembers()) this.members.add(stored);
  }

  remove(stored: Stored, keys: IndexKeys | null): void {
    if (keys === null) return;
    for (const key of keys.full) removeFrom(this.full, key, stored);
    if (this.isCompound) for (const key of keys.first) removeFrom(this.first, key, stored);
    this.members.delete(stored);
  }

  /** Documents under these values of all fields, or (one list) of the first field. */
  lookup(hashes: readonly (readonly string[])[]): Bucket[] {
    const onFirst = this.isCompound && hashes.length === 1;
    const keys = this.isCompound && !onFirst ? combinations(hashes) : (hashes[0] ?? []);
    const map = onFirst ? this.first : this.full;
    return keys.flatMap((key) => map.get(key) ?? []);
  }

  private hasMembers(): boolean {
    return this.specification.sparse || this.specification.partial !== null;
  }
}

function addTo(map: Map<string, Bucket>, key: string, stored: Stored): void {
  const bucket = map.get(key);
  if (bucket === undefined) map.set(key, stored);
  else if (bucket instanceof Set) bucket.add(stored);
  else if (bucket !== stored) map.set(key, new Set([bucket, stored]));
}

function removeFrom(map: Map<string, Bucket>, key: string, stored: Stored): void {
  const bucket = map.get(key);
  if (bucket instanceof Set) {
    bucket.delete(stored);
    if (bucket.size === 0) map.delete(key);
  } else if (bucket === stored) map.delete(key);
}

interface FieldKeys {
  readonly keys: readonly string[];
  readonly exists: boolean;
  readonly isArray: boolean;
}

/**
 * Every value that an equality on the path can match gets a key (the walk is the matcher's own), so that a lookup never
 * misses a document. A missing value is keyed as null and an empty array by itself.
 */
function fieldKeys(document: BsonDocument, path: readonly string[]): FieldKeys {
  const { values, arrays } = valuesAt(document, path);
  const hashes = values.map((value) => hashKey(value ?? null));
  if (hashes.length === 0) hashes.push(hashKey(arrays > 0 ? undefined : null));
  return {
    keys: [...new Set(hashes)],
    exists: arrays > 0 || values.some((value) => value !== undefined),
    isArray: arrays > 0 || values.length > 1,
  };
}

function combinations(lists: readonly (readonly string[])[]): string[] {
  let tuples: string[][] = [[]];
  for (const list of lists) tuples = tuples.flatMap((tuple) => list.map((key) => [...tuple, key]));
  return tuples.map(joinKeys);
}

/** `keyValue` of a duplicate key error: the document's values under the paths of the index. */
export function keyValues(specification: IndexSpecification, document: BsonDocument): BsonDocument {
  const result: BsonDocument = {};
  for (const [index, name] of Object.keys(specification.key).entries()) {
    const [found] = valuesAt(document, specification.paths[index] ?? []).values;
    setField(result, name, found ?? null);
  }
  return result;
}
