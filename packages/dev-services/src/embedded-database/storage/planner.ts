import { compareValues, hashKey } from '../bson/compare';
import type { BsonValue } from '../bson/value';
import type { Filter, Test } from '../query/filter';
import { matchesValue } from '../query/match';
import type { HashIndex, Stored } from './hash-index';

type PathFilter = Extract<Filter, { kind: 'path' }>;

/** Lists of keys whose product is longer are looked up by the first field only. */
const MAX_COMBINATIONS = 20_000;

/** The path conditions that every match fulfils: those at the top and inside `$and`. */
export function conjuncts(filter: Filter): PathFilter[] {
  if (filter.kind === 'path') return [filter];
  return filter.operator === '$and' ? filter.filters.flatMap(conjuncts) : [];
}

/**
 * Documents that can match, found through an index; null when only a scan finds them. The caller still applies the
 * filter: an index answers with a superset.
 */
export function findCandidates(
  filter: Filter,
  byId: ReadonlyMap<string, Stored>,
  indexes: Iterable<HashIndex>,
): Iterable<Stored> | null {
  const conditions = conjuncts(filter);
  const hashes = equalityHashes(conditions);
  const ids = hashes.get('_id');
  if (ids !== undefined) return ids.flatMap((id) => byId.get(id) ?? []);
  let best: Stored[] | ReadonlySet<Stored> | null = null;
  let bestSize = Infinity;
  for (const index of indexes) {
    if (!isUsable(index, conditions)) continue;
    const lists = keyLists(index, hashes);
    if (lists !== null) {
      const buckets = index.lookup(lists);
      const size = buckets.reduce((sum, bucket) => sum + (bucket instanceof Set ? bucket.size : 1), 0);
      if (size >= bestSize) continue;
      bestSize = size;
      best = buckets.length === 1 && buckets[0] instanceof Set ? buckets[0] : flatten(buckets);
    } else if (coversAllMatches(index, conditions) && index.indexed.size < bestSize) {
      bestSize = index.indexed.size;
      best = index.indexed;
    }
  }
  return best;
}

/** A multikey index has a document under several keys, so that it could appear twice. */
function flatten(buckets: readonly (Stored | Set<Stored>)[]): Stored[] {
  return [...new Set(buckets.flatMap((bucket) => (bucket instanceof Set ? [...bucket] : bucket)))];
}

/** Hashes of the values that a path must have one of. Arrays match as a whole or by element, and are left to a scan. */
function equalityHashes(conditions: readonly PathFilter[]): Map<string, string[]> {
  const hashes = new Map<string, string[]>();
  for (const { name, test } of conditions) {
    const values = equalityValues(test);
    if (values === null || values.some(Array.isArray)) continue;
    const known = hashes.get(name);
    if (known === undefined || known.length > values.length)
      hashes.set(name, [...new Set(values.map(hashKey))]);
  }
  return hashes;
}

function equalityValues(test: Test): readonly BsonValue[] | null {
  if (test.op === 'eq') return [test.value];
  return test.op === 'in' && test.regexes.length === 0 ? test.values : null;
}

function keyLists(index: HashIndex, hashes: ReadonlyMap<string, string[]>): string[][] | null {
  const lists: string[][] = [];
  let product = 1;
  for (const path of index.specification.paths) {
    const list = hashes.get(path.join('.'));
    if (list === undefined) break;
    product *= list.length;
    lists.push(list);
  }
  const [first] = lists;
  if (first === undefined) return null;
  return lists.length === index.specification.paths.length && product <= MAX_COMBINATIONS ? lists : [first];
}

/** A sparse index lacks documents without the field, a partial one those outside its filter. */
function isUsable(index: HashIndex, conditions: readonly PathFilter[]): boolean {
  const { partial, sparse, paths } = index.specification;
  if (partial !== null) {
    return conjuncts(partial.filter).every((leaf) =>
      conditions.some((condition) => implies(condition, leaf)),
    );
  }
  return (
    !sparse ||
    paths.some((path) => conditions.some((condition) => impliesExistence(condition, path.join('.'))))
  );
}

function coversAllMatches(index: HashIndex, conditions: readonly PathFilter[]): boolean {
  const { partial, sparse } = index.specification;
  return (partial !== null || sparse) && isUsable(index, conditions);
}

/** True when every document that fulfils `condition` fulfils `leaf` as well. */
function implies(condition: PathFilter, leaf: PathFilter): boolean {
  if (condition.name !== leaf.name) return false;
  if (leaf.test.op === 'exists') return impliesExistence(condition, leaf.name);
  if (isSameTest(condition.test, leaf.test)) return true;
  const values = equalityValues(condition.test);
  // Null also stands for a missing field, which must then fulfil the leaf too.
  return (
    values?.every(
      (value) =>
        !Array.isArray(value) &&
        matchesValue(leaf.test, value) &&
        (value !== null || matchesValue(leaf.test, undefined)),
    ) ?? false
  );
}

function isSameTest(a: Test, b: Test): boolean {
  if (a.op === 'type' && b.op === 'type') return [...a.types].sort().join() === [...b.types].sort().join();
  return 'value' in a && 'value' in b && a.op === b.op && compareValues(a.value, b.value) === 0;
}

function impliesExistence(condition: PathFilter, name: string): boolean {
  const { test } = condition;
  if (condition.name !== name) return false;
  switch (test.op) {
    case 'eq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return test.value !== null;
    case 'in':
      return !test.values.includes(null);
    case 'not':
      return false;
    case 'regex':
    case 'exists':
    case 'type':
    case 'size':
    case 'elemMatchValue':
    case 'elemMatchDocument':
      return true;
  }
}
