import { compareValues } from '../bson/compare';
import type { BsonDocument, Slot } from '../bson/value';
import { CommandError } from '../errors';
import { valuesAt } from './paths';

interface SortKey {
  readonly path: readonly string[];
  readonly direction: 1 | -1;
}
export type Sort = readonly SortKey[];

export function parseSort(document: BsonDocument): Sort {
  return Object.entries(document).map(([name, direction]) => {
    if (direction !== 1 && direction !== -1) {
      throw new CommandError(
        'SortSpecification',
        '$sort key ordering must be 1 (for ascending) or -1 (for descending)',
      );
    }
    if (name === '' || name.startsWith('$')) {
      throw new CommandError('BadValue', `unsupported sort key: ${name}`);
    }
    return { path: name.split('.'), direction };
  });
}

interface Keyed<T> {
  readonly item: T;
  readonly keys: readonly Slot[];
  /** Keeps equal items in their order. */
  readonly position: number;
}

/** The first `limit` items in sort order. With a small limit the rest is never sorted. */
export function sortItems<T>(
  items: readonly T[],
  sort: Sort,
  documentOf: (item: T) => BsonDocument,
  limit = Infinity,
): T[] {
  if (sort.length === 0) return limit < items.length ? items.slice(0, limit) : [...items];
  const keyed = items.map((item, position) => ({ item, keys: sortKeys(documentOf(item), sort), position }));
  const order = (a: Keyed<T>, b: Keyed<T>): number => compareKeyed(a, b, sort);
  const chosen = limit < items.length / 4 ? smallest(keyed, limit, order) : keyed;
  chosen.sort(order);
  return chosen.slice(0, limit).map((entry) => entry.item);
}

function compareKeyed<T>(a: Keyed<T>, b: Keyed<T>, sort: Sort): number {
  for (const [index, key] of sort.entries()) {
    const order = compareValues(a.keys[index], b.keys[index]);
    if (order !== 0) return order * key.direction;
  }
  return a.position - b.position;
}

/** Keeps at most two limits of candidates and drops the greater half whenever that is full. */
function smallest<T>(items: readonly T[], limit: number, order: (a: T, b: T) => number): T[] {
  const capacity = Math.max(2 * limit, 1000);
  let kept: T[] = [];
  let worst: T | undefined;
  for (const item of items) {
    if (worst !== undefined && order(item, worst) > 0) continue;
    kept.push(item);
    if (kept.length < capacity) continue;
    kept.sort(order);
    kept = kept.slice(0, limit);
    worst = kept.at(-1);
  }
  return kept;
}

function sortKeys(document: BsonDocument, sort: Sort): Slot[] {
  let multiple = 0;
  const keys = sort.map(({ path, direction }) => {
    const { values, arrays } = valuesAt(document, path);
    if (arrays > 0 || values.length > 1) multiple++;
    // An empty array sorts before null; a missing field sorts as null.
    return arrays > 0 && values.length === 0 ? undefined : extreme(values, direction);
  });
  if (multiple > 1) throw new CommandError('BadValue', 'cannot sort with keys that are parallel arrays');
  return keys;
}

/** An array sorts by its least element ascending, and by its greatest descending. */
function extreme(values: readonly Slot[], direction: 1 | -1): Slot {
  const [first, ...others] = values.map((value) => value ?? null);
  return others.reduce<Slot>(
    (best, value) => (compareValues(value, best) * direction < 0 ? value : best),
    first ?? null,
  );
}
