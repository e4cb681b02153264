import {
  arrayIndex,
  getField,
  isDocument,
  type BsonDocument,
  type BsonValue,
  type Slot,
} from '../bson/value';

/**
 * Called for each value that a dotted path reaches, as MongoDB's element iterator does; true stops the walk.
 * `wholeArray` marks the array that ends the path, after its elements were visited.
 */
export type Visit = (value: Slot, wholeArray: boolean) => boolean;

/** Whether an array at the end of the path is visited element by element before it is visited as a whole. */
export type LeafArrays = 'expand' | 'whole';

/** True when `visit` accepts one of the values that `path` reaches in `root`. */
export function someValueAt(
  root: BsonDocument | BsonValue[],
  path: readonly string[],
  leafArrays: LeafArrays,
  visit: Visit,
): boolean {
  return descend(root, path, 0, leafArrays, visit);
}

export interface ValuesAtPath {
  /** Elements of arrays by themselves; undefined where the path is missing. */
  readonly values: readonly Slot[];
  /** How many arrays end the path. */
  readonly arrays: number;
}

/** All values that the path reaches. */
export function valuesAt(root: BsonDocument, path: readonly string[]): ValuesAtPath {
  const found = { values: new Array<Slot>(), arrays: 0 };
  someValueAt(root, path, 'expand', (value, wholeArray) => {
    if (wholeArray) found.arrays++;
    else found.values.push(value);
    return false;
  });
  return found;
}

function descend(
  root: BsonDocument | BsonValue[],
  path: readonly string[],
  start: number,
  leafArrays: LeafArrays,
  visit: Visit,
): boolean {
  let container = root;
  for (let at = start; ; at++) {
    const value = childOf(container, path[at] ?? '');
    const isLeaf = at >= path.length - 1;
    if (Array.isArray(value)) {
      return isLeaf
        ? visitLeafArray(value, leafArrays, visit)
        : descendArray(value, path, at + 1, leafArrays, visit);
    }
    if (isLeaf) return visit(value, false);
    // A scalar on the way: the path is missing here.
    if (!isDocument(value)) return visit(undefined, false);
    container = value;
  }
}

/** Scalars inside an array on the way yield nothing, not even a missing value. */
function descendArray(
  array: BsonValue[],
  path: readonly string[],
  at: number,
  leafArrays: LeafArrays,
  visit: Visit,
): boolean {
  const position = arrayIndex(path[at] ?? '');
  const isLeaf = at === path.length - 1;
  for (const [index, element] of array.entries()) {
    if (isDocument(element) && descend(element, path, at, leafArrays, visit)) return true;
    if (index !== position) continue;
    if (isLeaf) {
      if (visit(element, false)) return true;
    } else if (
      (isDocument(element) || Array.isArray(element)) &&
      descend(element, path, at + 1, leafArrays, visit)
    ) {
      return true;
    }
  }
  return false;
}

function visitLeafArray(array: BsonValue[], leafArrays: LeafArrays, visit: Visit): boolean {
  if (leafArrays === 'expand' && array.some((element) => visit(element, false))) return true;
  return visit(array, true);
}

function childOf(container: BsonDocument | BsonValue[], key: string): Slot {
  if (!Array.isArray(container)) return getField(container, key);
  const index = arrayIndex(key);
  return index < 0 ? undefined : container[index];
}
