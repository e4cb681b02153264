import { equalValues } from '../bson/compare';
import { getField, newObjectId, setField, type BsonDocument, type BsonValue } from '../bson/value';
import { CommandError } from '../errors';
import type { Filter } from '../query/filter';
import { DocumentEditor } from './editor';
import type { Update } from './parse-update';

/** The document after the update, or the same object when nothing changes. */
export function applyUpdate(update: Update, document: BsonDocument): BsonDocument {
  if (update.kind === 'operators') return applyOperators(update, document, false);
  const replaced = replace(document, update.document);
  return equalValues(document, replaced) ? document : replaced;
}

/** The document that an upsert inserts: equalities of the filter, then the update; always with an _id. */
export function upsertedDocument(update: Update, filter: Filter): BsonDocument {
  const equalities = filterEqualities(filter);
  if (update.kind === 'replacement') {
    const id = equalities.get('_id');
    return withId(replace(id === undefined ? {} : { _id: id }, update.document));
  }
  const editor = new DocumentEditor({});
  for (const [name, value] of equalities) {
    const path = name.split('.');
    if (path.some((part) => part === ''))
      throw new CommandError('EmptyFieldName', `empty field name in '${name}'`);
    editor.write(path, value);
  }
  return withId(applyOperators(update, editor.document, true));
}

/** Gives the document an _id when it has none, and puts the _id first. */
export function withId(document: BsonDocument): BsonDocument {
  if (Object.keys(document)[0] === '_id') return document;
  const result: BsonDocument = { _id: getField(document, '_id') ?? newObjectId() };
  for (const [key, value] of Object.entries(document)) {
    if (key !== '_id') setField(result, key, value);
  }
  return result;
}

function replace(old: BsonDocument, replacement: BsonDocument): BsonDocument {
  const oldId = getField(old, '_id');
  if (oldId === undefined) return replacement;
  const newId = getField(replacement, '_id');
  if (newId !== undefined) assertSameId(oldId, newId);
  return withId(newId === undefined ? { _id: oldId, ...replacement } : replacement);
}

function applyOperators(
  update: Extract<Update, { kind: 'operators' }>,
  document: BsonDocument,
  isInsert: boolean,
): BsonDocument {
  const editor = new DocumentEditor(document);
  for (const { path, change } of update.updates) {
    if (change.kind === 'insert-only' && !isInsert) continue;
    if (change.kind === 'remove') {
      editor.remove(path);
      continue;
    }
    if (change.createsField) editor.assertViable(path);
    const old = editor.read(path);
    const value = change.compute(old);
    if (value !== undefined && (old === undefined || !equalValues(old, value))) editor.write(path, value);
  }
  const oldId = getField(document, '_id');
  if (oldId !== undefined) assertSameId(oldId, getField(editor.document, '_id'));
  return editor.document;
}

function assertSameId(oldId: BsonValue, newId: BsonValue | undefined): void {
  if (equalValues(oldId, newId)) return;
  throw new CommandError(
    'ImmutableField',
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

function filterEqualities(filter: Filter): Map<string, BsonValue> {
  const equalities = new Map<string, BsonValue>();
  collectEqualities(filter, equalities);
  for (const name of equalities.keys()) {
    const clash = [...equalities.keys()].find((other) => other.startsWith(`${name}.`));
    if (clash !== undefined) throw notSingle(clash);
  }
  return equalities;
}

function collectEqualities(filter: Filter, into: Map<string, BsonValue>): void {
  if (filter.kind === 'path') {
    const value = singleValue(filter);
    if (value === undefined) return;
    if (into.has(filter.name)) throw notSingle(filter.name);
    into.set(filter.name, value);
  } else if (filter.operator === '$and' || (filter.operator === '$or' && filter.filters.length === 1)) {
    for (const part of filter.filters) collectEqualities(part, into);
  }
}

function singleValue(filter: Extract<Filter, { kind: 'path' }>): BsonValue | undefined {
  if (filter.test.op === 'eq') return filter.test.value;
  const { test } = filter;
  return test.op === 'in' && test.values.length === 1 && test.regexes.length === 0
    ? test.values[0]
    : undefined;
}

function notSingle(path: string): CommandError {
  return new CommandError(
    'NotSingleValueField',
    `cannot infer query fields to set, path '${path}' is matched twice`,
  );
}
