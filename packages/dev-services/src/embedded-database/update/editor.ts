import {
  arrayIndex,
  copyDocument,
  getField,
  isDocument,
  setField,
  typeName,
  type BsonDocument,
  type BsonValue,
  type Slot,
} from '../bson/value';
import { CommandError } from '../errors';

type Container = BsonDocument | BsonValue[];

/** As in MongoDB: how far an update may extend an array. */
const MAX_ARRAY_PADDING = 1_500_000;

/**
 * Changes a document without touching the given one: containers are copied when first written to, because cursors
 * and indexes still refer to the stored version.
 */
export class DocumentEditor {
  private readonly owned = new Set<Container>();

  constructor(private root: BsonDocument) {}

  get document(): BsonDocument {
    return this.root;
  }

  /** The value at the path, undefined when it or a parent is missing, or when a parent cannot have fields. */
  read(path: readonly string[]): Slot {
    let value: Slot = this.root;
    for (const key of path) {
      value = isDocument(value) || Array.isArray(value) ? childOf(value, key) : undefined;
    }
    return value;
  }

  /** Creates missing parents; fails where a parent exists and cannot have the field. */
  write(path: readonly string[], value: BsonValue): void {
    this.assertViable(path);
    this.root = this.own(this.root);
    let container: Container = this.root;
    for (const key of path.slice(0, -1)) {
      const child = childOf(container, key);
      const next: Container = isDocument(child) || Array.isArray(child) ? this.own(child) : this.created();
      setChild(container, key, next);
      container = next;
    }
    setChild(container, path.at(-1) ?? '', value);
  }

  /** An element of an array becomes null, because removing it would move the others. */
  remove(path: readonly string[]): boolean {
    if (this.read(path) === undefined) return false;
    const parentPath = path.slice(0, -1);
    const parent = parentPath.length === 0 ? this.root : this.read(parentPath);
    const key = path.at(-1) ?? '';
    if (Array.isArray(parent)) {
      if (this.read(path) === null) return false;
      this.write(path, null);
      return true;
    }
    if (!isDocument(parent)) return false;
    const copy = copyDocument(parent);
    Reflect.deleteProperty(copy, key);
    if (parentPath.length === 0) this.root = copy;
    else this.write(parentPath, copy);
    this.owned.add(copy);
    return true;
  }

  assertViable(path: readonly string[]): void {
    let value: Slot = this.root;
    let name = '';
    for (const key of path) {
      if (value === undefined) return;
      const isViable = Array.isArray(value) ? arrayIndex(key) >= 0 : isDocument(value);
      if (!isViable) {
        throw new CommandError(
          'PathNotViable',
          `Cannot create field '${key}' in element {${name}: ${typeName(value)}}`,
        );
      }
      value = isDocument(value) || Array.isArray(value) ? childOf(value, key) : undefined;
      name = key;
    }
  }

  private created(): BsonDocument {
    const document: BsonDocument = {};
    this.owned.add(document);
    return document;
  }

  private own<T extends Container>(container: T): T;
  private own(container: Container): Container {
    if (this.owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : copyDocument(container);
    this.owned.add(copy);
    return copy;
  }
}

function childOf(container: Container, key: string): Slot {
  if (!Array.isArray(container)) return getField(container, key);
  const index = arrayIndex(key);
  return index < 0 ? undefined : container[index];
}

function setChild(container: Container, key: string, value: BsonValue): void {
  if (!Array.isArray(container)) {
    setField(container, key, value);
    return;
  }
  const index = arrayIndex(key);
  if (index - container.length > MAX_ARRAY_PADDING) {
    throw new CommandError('BadValue', `can't backfill more than ${MAX_ARRAY_PADDING} elements`);
  }
  while (container.length < index) container.push(null);
  container[index] = value;
}
