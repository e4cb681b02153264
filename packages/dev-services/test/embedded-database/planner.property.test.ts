import fc from 'fast-check';
import { parseFilter } from '../../src/embedded-database/query/filter';
import { Collection } from '../../src/embedded-database/storage/collection';
import { parseIndexSpecification } from '../../src/embedded-database/storage/index-specification';
import type { BsonDocument, BsonValue } from '../../src/embedded-database/bson/value';

const ignore = (): void => undefined;

const scalar: fc.Arbitrary<BsonValue> = fc.oneof(
  fc.integer({ min: -1, max: 3 }),
  fc.constantFrom<BsonValue>(null, 'x', 'y', true, NaN, 1.5),
  fc.constant(0).map((time) => new Date(time)),
);
const nested: fc.Arbitrary<BsonValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record(
    { b: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), c: scalar },
    { requiredKeys: [], noNullPrototype: true },
  ),
  fc.array(
    fc.oneof(
      scalar,
      fc.record({ b: scalar, c: scalar }, { requiredKeys: [], noNullPrototype: true }),
      fc.array(scalar, { maxLength: 2 }),
    ),
    {
      maxLength: 3,
    },
  ),
);
const stored = fc.record(
  { a: nested, d: scalar, on: fc.boolean() },
  { requiredKeys: [], noNullPrototype: true },
);

const condition: fc.Arbitrary<BsonValue> = fc.oneof(
  nested,
  fc.array(fc.oneof(scalar, nested), { maxLength: 3 }).map((values): BsonValue => ({ $in: values })),
  scalar.map((value): BsonValue => ({ $eq: value })),
  scalar.map((value): BsonValue => ({ $gte: value })),
  scalar.map((value): BsonValue => ({ $ne: value })),
  fc.boolean().map((value): BsonValue => ({ $exists: value })),
  fc.constantFrom<BsonValue>(
    { $type: 'int' },
    { $size: 1 },
    { $not: { $gt: 1 } },
    { $elemMatch: { $gt: 0 } },
  ),
);
const pathFilter = fc
  .tuple(fc.constantFrom('a', 'a.b', 'a.c', 'a.0', 'a.0.b', 'd', 'on'), condition)
  .map(([path, value]): BsonDocument => ({ [path]: value }));
const filter = fc.oneof(
  pathFilter,
  fc.tuple(pathFilter, pathFilter).map(([left, right]): BsonDocument => ({ ...left, ...right })),
  fc.array(pathFilter, { minLength: 1, maxLength: 3 }).map((parts): BsonDocument => ({ $and: parts })),
  fc.array(pathFilter, { minLength: 1, maxLength: 2 }).map((parts): BsonDocument => ({ $or: parts })),
);

const indexes: BsonDocument[] = [
  { key: { a: 1 } },
  { key: { 'a.b': 1 } },
  { key: { 'a.0': 1 } },
  { key: { d: 1, 'a.c': 1 } },
  { key: { a: 1 }, sparse: true },
  { key: { 'a.b': 1 }, sparse: true },
  { key: { d: 1, on: 1 }, sparse: true },
  { key: { d: 1 }, partialFilterExpression: { on: true } },
  { key: { a: 1 }, partialFilterExpression: { d: { $exists: true } } },
  { key: { on: 1 }, partialFilterExpression: { d: { $gte: 1 } } },
  { key: { on: 1 }, partialFilterExpression: { d: { $type: 'int' }, 'a.b': { $lt: 2 } } },
  { key: { d: 1 }, partialFilterExpression: { a: null } },
];

function collectionOf(documents: readonly BsonDocument[]): Collection {
  const collection = new Collection('d.c', ignore, ignore);
  for (const [_id, document] of documents.entries()) collection.insert({ _id, ...document });
  return collection;
}

function idsOf(collection: Collection, document: BsonDocument): unknown[] {
  return collection
    .find(parseFilter(document))
    .map((found) => Number(found.document['_id']))
    .sort((a, b) => a - b);
}

test('an indexed collection answers every filter like an unindexed one, before and after updates', () => {
  fc.assert(
    fc.property(
      fc.array(stored, { minLength: 1, maxLength: 12 }),
      fc.array(stored, { maxLength: 6 }),
      fc.constantFrom(...indexes),
      fc.array(filter, { minLength: 1, maxLength: 6 }),
      (documents, replacements, index, filters) => {
        const plain = collectionOf(documents);
        const indexed = collectionOf(documents);
        indexed.createIndexes([parseIndexSpecification({ ...index, name: 'tested' })]);
        for (const collection of [plain, indexed]) {
          const records = [...collection.all()];
          for (const [position, replacement] of replacements.entries()) {
            const record = records[position];
            if (record !== undefined) collection.replace(record, { _id: position, ...replacement });
          }
          const last = records.at(-1);
          if (records.length > 6 && last !== undefined) collection.remove(last);
        }
        for (const query of filters) expect(idsOf(indexed, query)).toEqual(idsOf(plain, query));
      },
    ),
    { numRuns: 1500 },
  );
});
