import { equalValues } from '../bson/compare';
import { getField, isDocument, typeName, type BsonDocument } from '../bson/value';
import { CommandError, notImplemented } from '../errors';
import { parseFilter, type Filter } from '../query/filter';
import { isListed, supportedOperations } from '../supported';

export interface IndexSpecification {
  readonly name: string;
  readonly key: BsonDocument;
  readonly paths: readonly (readonly string[])[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: { readonly document: BsonDocument; readonly filter: Filter } | null;
  readonly expireAfterSeconds: number | null;
}

/** Parses an entry of `createIndexes`; everything outside the allow-list is an error. */
export function parseIndexSpecification(document: BsonDocument): IndexSpecification {
  for (const option of Object.keys(document)) {
    if (!isListed(supportedOperations.indexOptions, option)) {
      throw new CommandError(
        'InvalidIndexSpecificationOption',
        `unknown or unsupported index option: ${option}`,
      );
    }
  }
  const { key, name, v } = document;
  if (!isDocument(key) || Object.keys(key).length === 0)
    throw cannotCreate('an index needs a non-empty key document');
  if (typeof name !== 'string' || name === '' || name === '*') throw cannotCreate('an index needs a name');
  if (v !== undefined && v !== 2) throw cannotCreate(`unsupported index version`);
  const paths = Object.entries(key).map(([path, direction]) => parseKeyField(path, direction));
  const specification: IndexSpecification = {
    name,
    key,
    paths,
    unique: flag(document, 'unique'),
    sparse: flag(document, 'sparse'),
    partial: parsePartial(document),
    expireAfterSeconds: parseExpiry(document, paths),
  };
  if (specification.sparse && specification.partial !== null) {
    throw cannotCreate('cannot mix "partialFilterExpression" and "sparse" options');
  }
  return specification;
}

function cannotCreate(message: string): CommandError {
  return new CommandError('CannotCreateIndex', message);
}

function parseKeyField(path: string, direction: unknown): string[] {
  if (direction !== 1 && direction !== -1) {
    throw cannotCreate(
      `only ascending and descending index keys are supported, not ${path}: ${String(direction)}`,
    );
  }
  const parts = path.split('.');
  if (parts.some((part) => part === '' || part.startsWith('$')))
    throw cannotCreate(`invalid index path: ${path}`);
  return parts;
}

function flag(document: BsonDocument, option: string): boolean {
  const value = getField(document, option) ?? false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  throw new CommandError(
    'TypeMismatch',
    `The index option ${option} must be a boolean, not ${typeName(value)}`,
  );
}

function parsePartial(document: BsonDocument): IndexSpecification['partial'] {
  const partial = getField(document, 'partialFilterExpression');
  if (partial === undefined) return null;
  if (!isDocument(partial))
    throw new CommandError('TypeMismatch', 'partialFilterExpression must be a document');
  assertSimple(partial);
  return { document: partial, filter: parseFilter(partial) };
}

function assertSimple(document: BsonDocument): void {
  for (const [key, value] of Object.entries(document)) {
    if (key === '$and' && Array.isArray(value)) {
      for (const part of value) if (isDocument(part)) assertSimple(part);
    } else if (key.startsWith('$')) {
      throw cannotCreate(`unsupported expression in partial index: ${key}`);
    } else if (isDocument(value)) {
      for (const [operator, argument] of Object.entries(value)) {
        const isUnlisted =
          operator.startsWith('$') && !isListed(supportedOperations.partialFilterOperators, operator);
        if (isUnlisted || (operator === '$exists' && argument !== true)) {
          throw cannotCreate(`unsupported expression in partial index: ${operator}`);
        }
      }
    }
  }
}

function parseExpiry(document: BsonDocument, paths: readonly (readonly string[])[]): number | null {
  const seconds = getField(document, 'expireAfterSeconds');
  if (seconds === undefined) return null;
  if (typeof seconds !== 'number' || seconds < 0 || seconds > 0x7fffffff) {
    throw cannotCreate('TTL index expireAfterSeconds must be a number between 0 and 2147483647');
  }
  if (paths.length !== 1)
    throw cannotCreate('TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (paths[0]?.join('.') === '_id')
    throw new CommandError('InvalidIndexSpecificationOption', 'the _id index cannot expire');
  return seconds;
}

/** As `listIndexes` reports it and as the journal keeps it. */
export function describeIndex(specification: IndexSpecification): BsonDocument {
  return {
    v: 2,
    key: specification.key,
    name: specification.name,
    ...(specification.unique && { unique: true }),
    ...(specification.sparse && { sparse: true }),
    ...(specification.partial !== null && { partialFilterExpression: specification.partial.document }),
    ...(specification.expireAfterSeconds !== null && {
      expireAfterSeconds: specification.expireAfterSeconds,
    }),
  };
}

/** True when `requested` exists already; an error when it clashes with an existing index (codes 85 and 86). */
export function isExistingIndex(
  existing: readonly IndexSpecification[],
  requested: IndexSpecification,
): boolean {
  for (const index of existing) {
    const sameIdentity = hasSameIdentity(index, requested);
    if (index.name === requested.name) {
      if (!sameIdentity) {
        throw new CommandError(
          'IndexKeySpecsConflict',
          `An existing index has the same name as the requested index but other keys or options: ${index.name}`,
        );
      }
      if (index.expireAfterSeconds === requested.expireAfterSeconds) return true;
      throw new CommandError(
        'IndexOptionsConflict',
        `An equivalent index already exists with the same name but different options: ${index.name}`,
      );
    }
    if (sameIdentity) {
      throw new CommandError(
        'IndexOptionsConflict',
        `Index already exists with a different name: ${index.name}`,
      );
    }
  }
  return false;
}

function hasSameIdentity(a: IndexSpecification, b: IndexSpecification): boolean {
  return (
    equalValues(a.key, b.key) &&
    a.unique === b.unique &&
    a.sparse === b.sparse &&
    equalValues(a.partial?.document, b.partial?.document)
  );
}

/** `_id` has its own map in the collection; an explicit index on it is the existing one. */
export function isIdIndex(specification: IndexSpecification): boolean {
  if (Object.keys(specification.key).join() !== '_id') return false;
  if (specification.sparse || specification.partial !== null)
    throw notImplemented('an _id index with options');
  return true;
}
