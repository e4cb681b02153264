import { getField, type BsonDocument, type BsonValue } from '../bson/value';
import { CommandError } from '../errors';
import { parseFilter, type Filter } from '../query/filter';
import { applyProjection, parseProjection } from '../query/projection';
import { parseSort, sortItems } from '../query/sort';
import type { Collection } from '../storage/collection';
import type { Stored } from '../storage/hash-index';
import { applyUpdate, upsertedDocument } from '../update/apply-update';
import { assertStorableNames, parseUpdate, type Update } from '../update/parse-update';
import type { Reply } from '../wire/message';
import type { Arguments } from './arguments';
import { findCollection, type CommandContext } from './context';

const MAX_BATCH_SIZE = 100_000;

export function insert(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const documents = args.documents('documents');
  let n = 0;
  const writeErrors = runBatch(args, documents, (document) => {
    assertStorableNames(document);
    context.catalog.findOrCreate(context.database, name).insert(document);
    n++;
  });
  return { n, ...writeErrors };
}

/** Runs the statements in order; the first error ends an ordered batch. */
function runBatch<T>(
  args: Arguments,
  statements: readonly T[],
  run: (statement: T, index: number) => void,
): { writeErrors?: Reply[] } {
  const ordered = args.boolean('ordered', true);
  if (statements.length === 0 || statements.length > MAX_BATCH_SIZE) {
    throw new CommandError(
      'BadValue',
      `Write batch sizes must be between 1 and ${MAX_BATCH_SIZE}. Got ${statements.length} operations.`,
    );
  }
  const writeErrors: Reply[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError) || error.codeName === 'JournalFailed') throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
      if (ordered) break;
    }
  }
  return writeErrors.length === 0 ? {} : { writeErrors };
}

export function update(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const statements = args.documents('updates').map((document) => parseUpdateStatement(args, document));
  const upserted: Reply[] = [];
  let n = 0;
  let nModified = 0;
  const writeErrors = runBatch(args, statements, (statement, index) => {
    const filter = parseFilter(statement.query);
    const change = parseUpdate(statement.update);
    if (statement.multi && change.kind === 'replacement') {
      throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
    }
    const collection = findCollection(context, name);
    const matched = collection?.find(filter, statement.multi ? Infinity : 1) ?? [];
    if (matched.length === 0 && statement.upsert) {
      const inserted = upsert(context, name, filter, change);
      upserted.push({ index, _id: getField(inserted, '_id') });
      n++;
    }
    for (const stored of matched) {
      if (collection !== undefined && replaceIfChanged(collection, stored, change)) nModified++;
      n++;
    }
  });
  return { n, nModified, ...(upserted.length > 0 && { upserted }), ...writeErrors };
}

/** A malformed statement fails the whole command; a filter or update that cannot be parsed fails its statement only. */
function parseUpdateStatement(
  args: Arguments,
  document: BsonDocument,
): { query: BsonDocument; update: BsonValue; multi: boolean; upsert: boolean } {
  const statement = args.part(document, ['q', 'u', 'multi', 'upsert']);
  statement.required('q');
  return {
    query: statement.document('q'),
    update: statement.required('u'),
    multi: statement.boolean('multi', false),
    upsert: statement.boolean('upsert', false),
  };
}

function replaceIfChanged(collection: Collection, stored: Stored, change: Update): boolean {
  const updated = applyUpdate(change, stored.document);
  if (updated === stored.document) return false;
  collection.replace(stored, updated);
  return true;
}

function upsert(context: CommandContext, name: string, filter: Filter, change: Update): BsonDocument {
  const document = upsertedDocument(change, filter);
  return context.catalog.findOrCreate(context.database, name).insert(document);
}

export function remove(args: Arguments, context: CommandContext): Reply {
  const collection = findCollection(context, args.collection());
  const statements = args.documents('deletes').map((document) => parseDeleteStatement(args, document));
  let n = 0;
  const writeErrors = runBatch(args, statements, ({ query, limit }) => {
    const filter = parseFilter(query);
    for (const stored of collection?.find(filter, limit) ?? []) {
      collection?.remove(stored);
      n++;
    }
  });
  return { n, ...writeErrors };
}

function parseDeleteStatement(
  args: Arguments,
  document: BsonDocument,
): { query: BsonDocument; limit: number } {
  const statement = args.part(document, ['q', 'limit']);
  statement.required('q');
  const limit = statement.required('limit');
  if (limit !== 0 && limit !== 1) {
    throw new CommandError('FailedToParse', 'The limit field in delete objects must be 0 or 1');
  }
  return { query: statement.document('q'), limit: limit || Infinity };
}

export function findAndModify(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const filter = parseFilter(args.document('query'));
  const sort = parseSort(args.document('sort'));
  const projection = parseProjection(args.document('fields'));
  const isRemoval = args.boolean('remove', false);
  const returnNew = args.boolean('new', false);
  const isUpsert = args.boolean('upsert', false);
  const change = parseModification(args.get('update'), isRemoval, returnNew || isUpsert);
  const collection = findCollection(context, name);
  const matched = collection?.find(filter, sort.length === 0 ? 1 : Infinity) ?? [];
  const [stored] = sortItems(matched, sort, (entry) => entry.document, 1);
  const answer = (document: BsonDocument): BsonDocument => applyProjection(projection, document);
  if (stored === undefined || collection === undefined) {
    if (change === null || !isUpsert) {
      const lastErrorObject = change === null ? { n: 0 } : { n: 0, updatedExisting: false };
      return { lastErrorObject, value: null };
    }
    const inserted = upsert(context, name, filter, change);
    const lastErrorObject = { n: 1, updatedExisting: false, upserted: getField(inserted, '_id') };
    return { lastErrorObject, value: returnNew ? answer(inserted) : null };
  }
  const before = stored.document;
  if (change === null) {
    collection.remove(stored);
    return { lastErrorObject: { n: 1 }, value: answer(before) };
  }
  replaceIfChanged(collection, stored, change);
  return {
    lastErrorObject: { n: 1, updatedExisting: true },
    value: answer(returnNew ? stored.document : before),
  };
}

/** Null for a removal. */
function parseModification(
  value: BsonValue | undefined,
  isRemoval: boolean,
  hasUpdateOption: boolean,
): Update | null {
  if (isRemoval) {
    if (value !== undefined || hasUpdateOption) {
      throw new CommandError(
        'FailedToParse',
        "Cannot specify 'update', 'new' or 'upsert' along with remove=true",
      );
    }
    return null;
  }
  if (value === undefined)
    throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified');
  return parseUpdate(value);
}
