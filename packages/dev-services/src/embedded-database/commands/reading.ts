import { parsePipeline, runPipeline } from '../aggregation/pipeline';
import { hashKey } from '../bson/compare';
import { isDocument, resultSize, type BsonDocument, type BsonValue } from '../bson/value';
import { DEFAULT_FIRST_BATCH, type Batch } from '../cursors';
import { CommandError } from '../errors';
import { parseFilter } from '../query/filter';
import { valuesAt } from '../query/paths';
import { applyProjection, parseProjection } from '../query/projection';
import { parseSort, sortItems } from '../query/sort';
import type { Reply } from '../wire/message';
import type { Arguments } from './arguments';
import { findCollection, type CommandContext } from './context';

export function find(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const filter = parseFilter(args.document('filter'));
  const sort = parseSort(args.document('sort'));
  const projection = parseProjection(args.document('projection'));
  const skip = args.count('skip', 0);
  const limit = args.count('limit', 0) || Infinity;
  const batchSize = args.count('batchSize', DEFAULT_FIRST_BATCH);
  const single = args.boolean('singleBatch', false);
  const collection = findCollection(context, name);
  const matched = collection?.find(filter, sort.length === 0 ? skip + limit : Infinity) ?? [];
  const documents = sortItems(matched, sort, (stored) => stored.document, skip + limit)
    .slice(skip)
    .map((stored) => applyProjection(projection, stored.document));
  return firstBatch(context, name, documents, batchSize, single);
}

export function aggregate(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const pipeline = parsePipeline(args.documents('pipeline'));
  const cursor = args.optionalDocument('cursor');
  if (cursor === undefined) {
    throw new CommandError(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  }
  const batchSize = args.part(cursor, ['batchSize']).count('batchSize', DEFAULT_FIRST_BATCH);
  const matched = findCollection(context, name)?.find(pipeline.filter) ?? [];
  const documents = runPipeline(
    pipeline,
    matched.map((stored) => stored.document),
  );
  return firstBatch(context, name, documents, batchSize, false);
}

function firstBatch(
  context: CommandContext,
  collection: string,
  documents: readonly BsonDocument[],
  batchSize: number,
  single: boolean,
): Reply {
  const namespace = `${context.database}.${collection}`;
  return cursorReply(namespace, 'firstBatch', context.cursors.start(namespace, documents, batchSize, single));
}

function cursorReply(namespace: string, field: 'firstBatch' | 'nextBatch', batch: Batch): Reply {
  return { cursor: { [field]: batch.documents, id: batch.id, ns: namespace } };
}

export function getMore(args: Arguments, context: CommandContext): Reply {
  const id = args.required('getMore');
  if (typeof id !== 'number') throw new CommandError('TypeMismatch', 'the cursor id must be a number');
  const namespace = `${context.database}.${args.collection('collection')}`;
  const batch = context.cursors.next(id, namespace, args.count('batchSize', 0));
  return cursorReply(namespace, 'nextBatch', batch);
}

export function killCursors(args: Arguments, context: CommandContext): Reply {
  const namespace = `${context.database}.${args.collection()}`;
  const ids = args.required('cursors');
  if (!Array.isArray(ids)) throw new CommandError('TypeMismatch', 'cursors must be an array');
  const killed = ids.filter((id) => typeof id === 'number' && context.cursors.kill(id, namespace));
  const notFound = ids.filter((id) => !killed.includes(id));
  return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] };
}

export function count(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const query = args.document('query');
  const limit = args.count('limit', 0) || Infinity;
  const skip = args.count('skip', 0);
  const collection = findCollection(context, name);
  if (collection === undefined) {
    parseFilter(query);
    return { n: 0 };
  }
  const isAll = Object.keys(query).length === 0;
  const matched = isAll ? collection.size : collection.find(parseFilter(query), skip + limit).length;
  return { n: Math.min(Math.max(matched - skip, 0), limit) };
}

export function distinct(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const path = args.string('key').split('.');
  const filter = parseFilter(args.document('query'));
  const values = new Map<string, BsonValue>();
  for (const { document } of findCollection(context, name)?.find(filter) ?? []) {
    for (const value of valuesAt(document, path).values) {
      if (value !== undefined) values.set(hashKey(value), value);
    }
  }
  const reply = { values: [...values.values()] };
  resultSize(reply);
  return reply;
}

/** A cursor for results that are always given in one batch. */
export function singleBatch(namespace: string, documents: readonly BsonDocument[]): Reply {
  return { cursor: { firstBatch: documents, id: 0n, ns: namespace } };
}

export function parseCursorOption(args: Arguments): void {
  const cursor = args.get('cursor');
  if (cursor === undefined) return;
  if (!isDocument(cursor)) throw new CommandError('TypeMismatch', 'the cursor option must be an object');
  args.part(cursor, ['batchSize']).count('batchSize', 0);
}
