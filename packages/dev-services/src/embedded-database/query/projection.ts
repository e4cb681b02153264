import { getField, isDocument, setField, type BsonDocument, type BsonValue } from '../bson/value';
import { CommandError } from '../errors';

/** Paths as a tree; a leaf is null. */
type PathTree = Map<string, PathSubtree>;
type PathSubtree = PathTree | null;

export interface Projection {
  readonly mode: 'include' | 'exclude';
  readonly tree: PathTree;
}

/** Parses inclusion or exclusion; null when the projection keeps whole documents. Expressions are an error. */
export function parseProjection(document: BsonDocument): Projection | null {
  const leaves: { path: string; included: boolean }[] = [];
  collectLeaves(document, '', leaves);
  const decisive = leaves.find((leaf) => leaf.path !== '_id') ?? leaves[0];
  if (decisive === undefined) return null;
  const tree: PathTree = new Map();
  for (const leaf of leaves) {
    if (leaf.path === '_id') continue;
    if (leaf.included !== decisive.included) throw mixedProjection(leaf.path, decisive.included);
    addPath(tree, leaf.path);
  }
  const idIncluded = leaves.find((leaf) => leaf.path === '_id')?.included ?? true;
  const hasIdSubPath = tree.has('_id');
  // The tree lists what is kept (inclusion) or removed (exclusion); _id is kept unless it is named with 0.
  if (idIncluded === decisive.included && !hasIdSubPath) tree.set('_id', null);
  return { mode: decisive.included ? 'include' : 'exclude', tree };
}

function mixedProjection(path: string, including: boolean): CommandError {
  return including
    ? new CommandError(
        'ProjectionExclusionInInclusion',
        `Cannot do exclusion on field ${path} in inclusion projection`,
      )
    : new CommandError(
        'ProjectionInclusionInExclusion',
        `Cannot do inclusion on field ${path} in exclusion projection`,
      );
}

function collectLeaves(
  document: BsonDocument,
  prefix: string,
  leaves: { path: string; included: boolean }[],
): void {
  for (const [key, value] of Object.entries(document)) {
    const path = prefix + key;
    if (key === '' || key.split('.').some((part) => part === '' || part.startsWith('$'))) {
      throw new CommandError('BadValue', `unsupported projection path or operator: ${path}`);
    }
    if (typeof value === 'number' || typeof value === 'boolean') {
      leaves.push({ path, included: value !== 0 && value !== false });
    } else if (isDocument(value) && Object.keys(value).length > 0) {
      collectLeaves(value, `${path}.`, leaves);
    } else {
      throw new CommandError('BadValue', `projection of ${path}: expressions are not supported`);
    }
  }
}

function addPath(tree: PathTree, path: string): void {
  const parts = path.split('.');
  const leaf = parts.pop() ?? '';
  let level = tree;
  for (const part of parts) {
    const next = level.get(part);
    if (next === null) throw pathCollision(path);
    if (next !== undefined) level = next;
    else {
      const created: PathTree = new Map();
      level.set(part, created);
      level = created;
    }
  }
  if (level.has(leaf)) throw pathCollision(path);
  level.set(leaf, null);
}

export function pathCollision(path: string): CommandError {
  return new CommandError('ProjectionPathCollision', `Path collision at ${path}`);
}

/** A new document; the given one and its values are never changed. */
export function applyProjection(projection: Projection | null, document: BsonDocument): BsonDocument {
  if (projection === null) return document;
  return projection.mode === 'include'
    ? include(document, projection.tree)
    : exclude(document, projection.tree);
}

function include(document: BsonDocument, tree: PathTree): BsonDocument {
  const result: BsonDocument = {};
  for (const key of Object.keys(document)) {
    const subtree = tree.get(key);
    const value = getField(document, key);
    if (subtree === undefined || value === undefined) continue;
    if (subtree === null) setField(result, key, value);
    else if (isDocument(value)) setField(result, key, include(value, subtree));
    else if (Array.isArray(value)) setField(result, key, includeElements(value, subtree));
  }
  return result;
}

/** Scalars inside an array have none of the named fields and are left out. */
function includeElements(array: readonly BsonValue[], tree: PathTree): BsonValue[] {
  return array.flatMap((element): BsonValue[] => {
    if (isDocument(element)) return [include(element, tree)];
    return Array.isArray(element) ? [includeElements(element, tree)] : [];
  });
}

function exclude(document: BsonDocument, tree: PathTree): BsonDocument {
  const result: BsonDocument = {};
  for (const key of Object.keys(document)) {
    const subtree = tree.get(key);
    const value = getField(document, key);
    if (subtree === null || value === undefined) continue;
    setField(result, key, subtree === undefined ? value : excludeWithin(value, subtree));
  }
  return result;
}

function excludeWithin(value: BsonValue, tree: PathTree): BsonValue {
  if (isDocument(value)) return exclude(value, tree);
  return Array.isArray(value) ? value.map((element) => excludeWithin(element, tree)) : value;
}
