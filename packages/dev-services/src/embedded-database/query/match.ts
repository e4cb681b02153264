import { BSONRegExp } from 'bson';
import { compareValues, equalValues, hashKey, typeRank } from '../bson/compare';
import { isDocument, typeName, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import type { Filter, RegexTest, Test } from './filter';
import { someValueAt } from './paths';

/** True when the document (or an array, taken as a document of its positions) matches the filter. */
export function matches(filter: Filter, document: BsonDocument | BsonValue[]): boolean {
  if (filter.kind === 'path') return matchesPath(filter.test, filter.path, document);
  switch (filter.operator) {
    case '$and':
      return filter.filters.every((part) => matches(part, document));
    case '$or':
      return filter.filters.some((part) => matches(part, document));
    case '$nor':
      return !filter.filters.some((part) => matches(part, document));
  }
}

/** Negation holds for the path as a whole; every other test for at least one of its values. */
function matchesPath(test: Test, path: readonly string[], document: BsonDocument | BsonValue[]): boolean {
  if (test.op === 'not') return !test.tests.every((part) => matchesPath(part, path, document));
  const leafArrays = looksAtWholeArray(test) ? 'whole' : 'expand';
  return someValueAt(document, path, leafArrays, (value) => matchesValue(test, value));
}

function looksAtWholeArray(test: Test): boolean {
  return (
    test.op === 'exists' ||
    test.op === 'size' ||
    test.op === 'elemMatchValue' ||
    test.op === 'elemMatchDocument'
  );
}

/** Tests a single value, without looking into it when it is an array. */
export function matchesValue(test: Test, value: Slot): boolean {
  switch (test.op) {
    case 'eq':
      return test.value === null ? value == null : equalValues(value, test.value);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return matchesOrder(test.op, value, test.value);
    case 'in':
      return (
        test.keys.has(hashKey(value ?? null)) || test.regexes.some((regex) => matchesRegex(regex, value))
      );
    case 'regex':
      return matchesRegex(test, value);
    case 'exists':
      return value !== undefined;
    case 'type':
      return matchesType(test.types, value);
    case 'size':
      return Array.isArray(value) && value.length === test.size;
    case 'elemMatchValue':
      return (
        Array.isArray(value) &&
        value.some((element) => test.tests.every((part) => matchesValue(part, element)))
      );
    case 'elemMatchDocument':
      return (
        Array.isArray(value) &&
        value.some(
          (element) => (isDocument(element) || Array.isArray(element)) && matches(test.filter, element),
        )
      );
    case 'not':
      return !test.tests.every((part) => matchesValue(part, value));
  }
}

/** Only values of the same type are ordered; null is equal to missing, NaN only to NaN. */
function matchesOrder(op: 'gt' | 'gte' | 'lt' | 'lte', value: Slot, bound: BsonValue): boolean {
  const withEqual = op === 'gte' || op === 'lte';
  if (bound === null) return withEqual && value == null;
  if (typeRank(value) !== typeRank(bound)) return false;
  if (Number.isNaN(value) || Number.isNaN(bound))
    return withEqual && Number.isNaN(value) && Number.isNaN(bound);
  const order = compareValues(value, bound);
  if (order === 0) return withEqual;
  return op === 'gt' || op === 'gte' ? order > 0 : order < 0;
}

function matchesRegex(test: RegexTest, value: Slot): boolean {
  if (typeof value === 'string') return test.regex.test(value);
  return test.literal !== null && value instanceof BSONRegExp && equalValues(value, test.literal);
}

function matchesType(types: ReadonlySet<string>, value: Slot): boolean {
  if (value === undefined) return false;
  return types.has(typeName(value)) || (typeof value === 'number' && types.has('number'));
}
