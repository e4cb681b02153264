import { compareValues, equalValues } from '../bson/compare';
import {
  getField,
  isDocument,
  setField,
  typeName,
  type BsonDocument,
  type BsonValue,
  type Slot,
} from '../bson/value';
import { CommandError } from '../errors';
import { isListed, supportedOperations, type ExpressionOperator } from '../supported';
import { isTruthy } from '../query/filter';

/** A parsed aggregation expression; undefined is a missing value, which is not null. */
export type Expression = (document: BsonDocument) => Slot;

export function parseExpression(value: BsonValue): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return parseFieldPath(value);
  if (Array.isArray(value)) {
    const elements = value.map(parseExpression);
    return (document) => elements.map((element) => element(document) ?? null);
  }
  if (!isDocument(value)) return () => value;
  const [first] = Object.keys(value);
  return first?.startsWith('$') === true ? parseOperator(value, first) : parseObject(value);
}

function parseFieldPath(value: string): Expression {
  const path = value.slice(1).split('.');
  if (path.some((part) => part === '' || part.startsWith('$'))) {
    throw new CommandError('BadValue', `unsupported variable or invalid field path: ${value}`);
  }
  return (document) => valueAt(document, path, 0);
}

/** Through an array, a path gives the array of what its elements have. Positions in arrays are not field names here. */
function valueAt(value: Slot, path: readonly string[], at: number): Slot {
  const key = path[at];
  if (key === undefined) return value;
  if (isDocument(value)) return valueAt(getField(value, key), path, at + 1);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => valueAt(element, path, at)).filter((element) => element !== undefined);
}

function parseObject(value: BsonDocument): Expression {
  const fields = Object.entries(value).map(([key, field]) => {
    if (key.includes('.') || key.startsWith('$'))
      throw invalid(`invalid field name in an object expression: ${key}`);
    return [key, parseExpression(field)] as const;
  });
  return (document) => {
    const result: BsonDocument = {};
    for (const [key, field] of fields) {
      const fieldValue = field(document);
      if (fieldValue !== undefined) setField(result, key, fieldValue);
    }
    return result;
  };
}

function parseOperator(value: BsonDocument, operator: string): Expression {
  if (Object.keys(value).length !== 1) throw invalid('an expression must have exactly one operator');
  if (!isListed(supportedOperations.expressions, operator)) {
    throw invalid(`Unrecognized or unsupported expression '${operator}'`);
  }
  return operators[operator](value[operator] ?? null, operator);
}

function invalid(message: string): CommandError {
  return new CommandError('BadValue', message);
}

/** The arguments of an operator; a single one need not be in an array. */
function parseArguments(value: BsonValue, operator: string, least: number, most = least): Expression[] {
  const values = Array.isArray(value) ? value : [value];
  if (values.length < least || values.length > most) {
    throw invalid(
      `Expression ${operator} takes ${least === most ? `exactly ${least}` : `at least ${least}`} arguments`,
    );
  }
  return values.map(parseExpression);
}

type Operator = (value: BsonValue, operator: string) => Expression;

function comparison(holds: (order: number) => boolean): Operator {
  return binary((left, right) => holds(compareValues(left, right)));
}

function binary(compute: (left: Slot, right: Slot) => Slot): Operator {
  return (value, operator) => {
    const [left = missing, right = missing] = parseArguments(value, operator, 2);
    return (document) => compute(left(document), right(document));
  };
}

function unary(compute: (value: Slot) => Slot): Operator {
  return (value, operator) => {
    const [argument = missing] = parseArguments(value, operator, 1);
    return (document) => compute(argument(document));
  };
}

const missing: Expression = () => undefined;

const operators: Record<ExpressionOperator, Operator> = {
  $literal: (value) => () => value,
  $cond: parseCond,
  $ifNull: (value, operator) => {
    const candidates = parseArguments(value, operator, 2, Infinity);
    return (document) => {
      let result: Slot;
      for (const candidate of candidates) {
        result = candidate(document);
        if (result != null) return result;
      }
      return result;
    };
  },
  $eq: binary((left, right) => equalValues(left, right)),
  $ne: binary((left, right) => !equalValues(left, right)),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $and: (value, operator) => {
    const parts = parseArguments(value, operator, 0, Infinity);
    return (document) => parts.every((part) => isTruthy(part(document)));
  },
  $or: (value, operator) => {
    const parts = parseArguments(value, operator, 0, Infinity);
    return (document) => parts.some((part) => isTruthy(part(document)));
  },
  $not: unary((value) => !isTruthy(value)),
  $in: binary((value, list) => {
    if (!Array.isArray(list))
      throw invalid(`$in requires an array as a second argument, found: ${typeName(list)}`);
    return list.some((element) => equalValues(element, value));
  }),
  $size: unary((value) => {
    if (!Array.isArray(value))
      throw invalid(`The argument to $size must be an array, but was of type: ${typeName(value)}`);
    return value.length;
  }),
  $isArray: unary((value) => Array.isArray(value)),
  $type: unary((value) => typeName(value)),
  $add: (value, operator) => {
    const parts = parseArguments(value, operator, 0, Infinity);
    return (document) => add(parts.map((part) => part(document)));
  },
  $subtract: binary(subtract),
  $multiply: (value, operator) => {
    const parts = parseArguments(value, operator, 0, Infinity);
    return (document) =>
      numeric(
        parts.map((part) => part(document)),
        '$multiply',
        (a, b) => a * b,
        1,
      );
  },
  $divide: binary((left, right) => {
    if (right === 0) throw invalid("can't $divide by zero");
    return numeric([right], '$divide', (_, divisor) => divisor, 1) === null
      ? null
      : numeric([left], '$divide', (_, dividend) => dividend / Number(right), 0);
  }),
  $concat: (value, operator) => {
    const parts = parseArguments(value, operator, 0, Infinity);
    return (document) => concat(parts.map((part) => part(document)));
  },
};

function parseCond(value: BsonValue, operator: string): Expression {
  const branches = isDocument(value) ? condFields(value) : value;
  const [condition = missing, whenTrue = missing, whenFalse = missing] = parseArguments(
    branches,
    operator,
    3,
  );
  return (document) => (isTruthy(condition(document)) ? whenTrue : whenFalse)(document);
}

function condFields(value: BsonDocument): BsonValue[] {
  const known = ['if', 'then', 'else'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`Unrecognized parameter to $cond: ${unknown}`);
  return known.map((key) => {
    const field = getField(value, key);
    if (field === undefined) throw invalid(`Missing '${key}' parameter to $cond`);
    return field;
  });
}

/** Null when an operand is null or missing; other types are an error. */
function numeric(
  values: readonly Slot[],
  operator: string,
  step: (a: number, b: number) => number,
  start: number,
): Slot {
  let result = start;
  for (const value of values) {
    if (value == null) return null;
    if (typeof value !== 'number') {
      throw new CommandError(
        'TypeMismatch',
        `${operator} only supports numeric types, not ${typeName(value)}`,
      );
    }
    result = step(result, value);
  }
  return result;
}

/** One date may be among the operands; the numbers are then milliseconds. */
function add(values: readonly Slot[]): Slot {
  const dates = values.filter((value) => value instanceof Date);
  const sum = numeric(
    values.filter((value) => !(value instanceof Date)),
    '$add',
    (a, b) => a + b,
    0,
  );
  const [date] = dates;
  if (date === undefined || typeof sum !== 'number') return sum;
  if (dates.length > 1) throw invalid('only one date allowed in an $add expression');
  return new Date(date.getTime() + sum);
}

function subtract(left: Slot, right: Slot): Slot {
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (left instanceof Date && typeof right === 'number') return new Date(left.getTime() - right);
  if (left == null || right == null) return null;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  throw new CommandError('TypeMismatch', `can't $subtract ${typeName(right)} from ${typeName(left)}`);
}

function concat(values: readonly Slot[]): Slot {
  let result = '';
  for (const value of values) {
    if (value == null) return null;
    if (typeof value !== 'string') {
      throw new CommandError('TypeMismatch', `$concat only supports strings, not ${typeName(value)}`);
    }
    result += value;
  }
  return result;
}
