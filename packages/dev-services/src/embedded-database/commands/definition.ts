import { equalValues } from '../bson/compare';
import { isDocument, type BsonDocument } from '../bson/value';
import { CommandError } from '../errors';
import { parseFilter } from '../query/filter';
import { matches } from '../query/match';
import type { Collection } from '../storage/collection';
import { parseIndexSpecification } from '../storage/index-specification';
import type { Reply } from '../wire/message';
import type { Arguments } from './arguments';
import { findCollection, requireAdmin, type CommandContext } from './context';
import { parseCursorOption, singleBatch } from './reading';

export function create(args: Arguments, context: CommandContext): Reply {
  context.catalog.create(context.database, args.collection());
  return {};
}

export function drop(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const collection = findCollection(context, name);
  const nIndexesWas = collection?.describeIndexes().length;
  if (!context.catalog.drop(context.database, name)) return {};
  return { nIndexesWas, ns: `${context.database}.${name}` };
}

export function dropDatabase(_args: Arguments, context: CommandContext): Reply {
  return context.catalog.dropDatabase(context.database) ? { dropped: context.database } : {};
}

export function listDatabases(args: Arguments, context: CommandContext): Reply {
  requireAdmin(context);
  const names = context.catalog.databaseNames();
  if (args.boolean('nameOnly', false)) return { databases: names.map((name) => ({ name })) };
  // Sizes are of no use for an in-memory store; they are 0 so that the shape of the answer is MongoDB's.
  return { databases: names.map((name) => ({ name, sizeOnDisk: 0, empty: false })), totalSize: 0 };
}

export function listCollections(args: Arguments, context: CommandContext): Reply {
  const filter = parseFilter(args.document('filter'));
  const nameOnly = args.boolean('nameOnly', false);
  parseCursorOption(args);
  const described = context.catalog
    .collections(context.database)
    .map(([name, collection]) => describe(name, collection));
  const documents = described
    .filter((document) => matches(filter, document))
    .map((document): BsonDocument =>
      nameOnly ? { name: document['name'] ?? '', type: 'collection' } : document,
    );
  return singleBatch(`${context.database}.$cmd.listCollections`, documents);
}

function describe(name: string, collection: Collection): BsonDocument {
  const idIndex = collection.describeIndexes()[0] ?? {};
  return { name, type: 'collection', options: {}, info: { readOnly: false }, idIndex };
}

export function createIndexes(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  const specifications = args.documents('indexes').map(parseIndexSpecification);
  if (specifications.length === 0)
    throw new CommandError('BadValue', 'Must specify at least one index to create');
  const createdCollectionAutomatically = findCollection(context, name) === undefined;
  const collection = context.catalog.findOrCreate(context.database, name);
  const numIndexesBefore = collection.describeIndexes().length;
  collection.createIndexes(specifications);
  const numIndexesAfter = collection.describeIndexes().length;
  const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
  return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note };
}

export function listIndexes(args: Arguments, context: CommandContext): Reply {
  const name = args.collection();
  parseCursorOption(args);
  return singleBatch(`${context.database}.${name}`, existing(context, name).describeIndexes());
}

function existing(context: CommandContext, name: string): Collection {
  const collection = findCollection(context, name);
  if (collection === undefined) {
    throw new CommandError('NamespaceNotFound', `ns does not exist: ${context.database}.${name}`);
  }
  return collection;
}

export function dropIndexes(args: Arguments, context: CommandContext): Reply {
  const collection = existing(context, args.collection());
  const nIndexesWas = collection.describeIndexes().length;
  for (const name of namedIndexes(args, collection)) {
    if (name === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
    if (!collection.dropIndex(name))
      throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
  }
  return { nIndexesWas };
}

/** All, by name, by several names, or by key. */
function namedIndexes(args: Arguments, collection: Collection): string[] {
  const index = args.required('index');
  const all = collection.indexSpecifications();
  if (index === '*') return all.map(({ name }) => name);
  if (typeof index === 'string') return [index];
  if (Array.isArray(index)) {
    const names = index.filter((name) => typeof name === 'string');
    if (names.length < index.length) throw new CommandError('TypeMismatch', 'index names must be strings');
    for (const name of names) {
      if (name !== '_id_' && !all.some((specification) => specification.name === name)) {
        throw new CommandError('IndexNotFound', `index not found with name [${name}]`);
      }
    }
    return names;
  }
  if (!isDocument(index)) throw new CommandError('TypeMismatch', 'index must be a name, names or a key');
  const byKey = all.filter(({ key }) => equalValues(key, index));
  if (byKey.length !== 1)
    throw new CommandError('IndexNotFound', "can't find exactly one index with that key");
  return byKey.map(({ name }) => name);
}
