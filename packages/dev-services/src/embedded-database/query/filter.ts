import { BSONRegExp } from 'bson';
import { hashKey } from '../bson/compare';
import { isDocument, typeName, type BsonDocument, type BsonValue } from '../bson/value';
import { CommandError } from '../errors';
import {
  isListed,
  supportedOperations,
  type LogicalOperator,
  type QueryOperator,
  type TypeAlias,
} from '../supported';
import { compileRegex } from './regex';

/** A condition on the values that a path reaches. */
export type Test =
  | { readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: BsonValue }
  | {
      readonly op: 'in';
      readonly values: BsonValue[];
      readonly keys: ReadonlySet<string>;
      readonly regexes: RegexTest[];
    }
  | RegexTest
  | { readonly op: 'exists' }
  | { readonly op: 'type'; readonly types: ReadonlySet<TypeAlias> }
  | { readonly op: 'size'; readonly size: number }
  | { readonly op: 'elemMatchValue'; readonly tests: Test[] }
  | { readonly op: 'elemMatchDocument'; readonly filter: Filter }
  | { readonly op: 'not'; readonly tests: Test[] };

export interface RegexTest {
  readonly op: 'regex';
  readonly regex: RegExp;
  /** A stored regular expression also matches itself, when it was given without `$regex`. */
  readonly literal: BSONRegExp | null;
}

export type Filter =
  | { readonly kind: 'logical'; readonly operator: LogicalOperator; readonly filters: Filter[] }
  | { readonly kind: 'path'; readonly name: string; readonly path: readonly string[]; readonly test: Test };

/** Parses a filter document; everything outside the allow-list is an error. */
export function parseFilter(document: BsonDocument): Filter {
  const filters = Object.entries(document).flatMap(([key, value]) =>
    key.startsWith('$') ? [parseLogical(key, value)] : parsePath(key, value),
  );
  const [only] = filters;
  return filters.length === 1 && only !== undefined ? only : { kind: 'logical', operator: '$and', filters };
}

function parseLogical(operator: string, value: BsonValue): Filter {
  if (!isListed(supportedOperations.logicalOperators, operator)) {
    throw new CommandError('BadValue', `unknown or unsupported top level operator: ${operator}`);
  }
  if (!Array.isArray(value) || value.length === 0) {
    throw new CommandError('BadValue', `${operator} argument must be a non-empty array`);
  }
  const filters = value.map((clause) => {
    if (!isDocument(clause))
      throw new CommandError('BadValue', `${operator} entries need to be full objects`);
    return parseFilter(clause);
  });
  return { kind: 'logical', operator, filters };
}

function parsePath(name: string, value: BsonValue): Filter[] {
  const path = name.split('.');
  return parseCondition(value).map((test) => ({ kind: 'path', name, path, test }));
}

/** True for `{ $gt: 1 }`, false for a document that is compared as a value. */
export function isOperatorDocument(value: BsonValue): value is BsonDocument {
  return isDocument(value) && (Object.keys(value)[0]?.startsWith('$') ?? false);
}

/** The tests that a path's value in a filter stands for. */
export function parseCondition(value: BsonValue): Test[] {
  if (value instanceof BSONRegExp) return [regexTest(value, '', true)];
  return isOperatorDocument(value) ? parseOperators(value) : [{ op: 'eq', value }];
}

function parseOperators(document: BsonDocument): Test[] {
  return Object.entries(document).flatMap(([operator, value]) => {
    if (!isListed(supportedOperations.queryOperators, operator)) {
      throw new CommandError('BadValue', `unknown or unsupported operator: ${operator}`);
    }
    return parseOperator[operator](value, document);
  });
}

const parseOperator: Record<QueryOperator, (value: BsonValue, siblings: BsonDocument) => Test[]> = {
  $eq: (value) => [{ op: 'eq', value }],
  $ne: (value) => [{ op: 'not', tests: [{ op: 'eq', value: noRegex(value, '$ne') }] }],
  $gt: (value) => [{ op: 'gt', value: noRegex(value, '$gt') }],
  $gte: (value) => [{ op: 'gte', value: noRegex(value, '$gte') }],
  $lt: (value) => [{ op: 'lt', value: noRegex(value, '$lt') }],
  $lte: (value) => [{ op: 'lte', value: noRegex(value, '$lte') }],
  $in: (value) => [parseIn(value, '$in')],
  $nin: (value) => [{ op: 'not', tests: [parseIn(value, '$nin')] }],
  $exists: (value) => [isTruthy(value) ? { op: 'exists' } : { op: 'not', tests: [{ op: 'exists' }] }],
  $not: (value) => [{ op: 'not', tests: parseNot(value) }],
  $regex: (value, siblings) => [parseRegex(value, siblings)],
  $options: (_value, siblings) => {
    if (!Object.hasOwn(siblings, '$regex')) throw new CommandError('BadValue', '$options needs a $regex');
    return [];
  },
  $type: (value) => [parseType(value)],
  $elemMatch: (value) => [parseElemMatch(value)],
  $size: (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw new CommandError('BadValue', 'Failed to parse $size. Expected a non-negative integer');
    }
    return [{ op: 'size', size: value }];
  },
};

function noRegex(value: BsonValue, operator: string): BsonValue {
  if (value instanceof BSONRegExp)
    throw new CommandError('BadValue', `Can't have a regex as argument to ${operator}`);
  return value;
}

/** As in MongoDB, also for values that are not booleans. */
export function isTruthy(value: BsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0;
}

function parseIn(value: BsonValue, operator: string): Test {
  if (!Array.isArray(value)) throw new CommandError('BadValue', `${operator} needs an array`);
  const values: BsonValue[] = [];
  const regexes: RegexTest[] = [];
  for (const element of value) {
    if (element instanceof BSONRegExp) regexes.push(regexTest(element, '', true));
    else if (isOperatorDocument(element))
      throw new CommandError('BadValue', `cannot nest $ under ${operator}`);
    else values.push(element);
  }
  return { op: 'in', values, keys: new Set(values.map(hashKey)), regexes };
}

function parseNot(value: BsonValue): Test[] {
  if (value instanceof BSONRegExp) return [regexTest(value, '', true)];
  if (!isDocument(value)) throw new CommandError('BadValue', '$not needs a regex or a document');
  if (!isOperatorDocument(value)) throw new CommandError('BadValue', '$not needs a document of operators');
  return parseOperators(value);
}

function parseRegex(value: BsonValue, siblings: BsonDocument): Test {
  const options = Object.hasOwn(siblings, '$options') ? siblings['$options'] : '';
  if (typeof options !== 'string') throw new CommandError('BadValue', '$options has to be a string');
  if (typeof value === 'string') return regexTest(new BSONRegExp(value, ''), options, false);
  if (value instanceof BSONRegExp) return regexTest(value, options, false);
  throw new CommandError('BadValue', '$regex has to be a string');
}

function regexTest(value: BSONRegExp, options: string, isLiteral: boolean): RegexTest {
  if (value.options !== '' && options !== '') {
    throw new CommandError('RegexOptionsTwice', 'options set in both $regex and $options');
  }
  const regex = compileRegex(value.pattern, value.options === '' ? options : value.options);
  return { op: 'regex', regex, literal: isLiteral ? value : null };
}

function parseType(value: BsonValue): Test {
  const names = Array.isArray(value) ? value : [value];
  const types = new Set<TypeAlias>();
  for (const name of names) {
    if (typeof name !== 'string' || !isListed(supportedOperations.typeAliases, name)) {
      throw new CommandError('BadValue', `Unknown or unsupported type name alias: ${JSON.stringify(name)}`);
    }
    types.add(name);
  }
  if (types.size === 0) throw new CommandError('FailedToParse', '$type must match at least one type');
  return { op: 'type', types };
}

function parseElemMatch(value: BsonValue): Test {
  if (!isDocument(value)) {
    throw new CommandError('BadValue', `$elemMatch needs an Object, not ${typeName(value)}`);
  }
  const first = Object.keys(value)[0];
  const isValueMatch =
    first?.startsWith('$') === true && !isListed(supportedOperations.logicalOperators, first);
  return isValueMatch
    ? { op: 'elemMatchValue', tests: parseOperators(value) }
    : { op: 'elemMatchDocument', filter: parseFilter(value) };
}
