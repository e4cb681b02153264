import { compareValues, equalValues } from '../bson/compare';
import { isDocument, typeName, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import { CommandError } from '../errors';
import { isOperatorDocument, parseCondition, parseFilter } from '../query/filter';
import { matches } from '../query/match';
import { supportedOperations, type UpdateOperator } from '../supported';

/** What a field becomes: its new value, `undefined` for "no change", or removed. */
export interface Change {
  readonly kind: 'set' | 'remove' | 'insert-only';
  /** Whether a path through something that cannot have fields is an error (or nothing to do). */
  readonly createsField: boolean;
  compute(old: Slot): BsonValue | undefined;
}

/** Parses the argument of one update operator for one field. */
export function buildChange(operator: UpdateOperator, argument: BsonValue, name: string): Change {
  return builders[operator](argument, name);
}

const builders: Record<UpdateOperator, (argument: BsonValue, name: string) => Change> = {
  $set: (argument) => setting(() => argument),
  $setOnInsert: (argument) => ({ ...setting(() => argument), kind: 'insert-only' }),
  $unset: () => ({ kind: 'remove', createsField: false, compute: () => undefined }),
  $inc: (argument, name) => {
    if (typeof argument !== 'number') {
      throw new CommandError(
        'TypeMismatch',
        `Cannot increment with non-numeric argument: {${name}: ${typeName(argument)}}`,
      );
    }
    return setting((old) => increment(old, argument, name));
  },
  $min: (argument) =>
    setting((old) => (old === undefined || compareValues(argument, old) < 0 ? argument : old)),
  $max: (argument) =>
    setting((old) => (old === undefined || compareValues(argument, old) > 0 ? argument : old)),
  $push: (argument, name) => {
    const { values, slice } = parsePush(argument);
    return setting((old) => push(old, values, slice, name));
  },
  $addToSet: (argument, name) => {
    const values = parseAddToSet(argument);
    return setting((old) => addToSet(old, values, name));
  },
  $pull: (argument) => {
    const isPulled = parsePull(argument);
    return { kind: 'set', createsField: false, compute: (old) => pull(old, isPulled) };
  },
};

function setting(compute: (old: Slot) => BsonValue | undefined): Change {
  return { kind: 'set', createsField: true, compute };
}

function increment(old: Slot, by: number, name: string): number {
  if (old === undefined) return by;
  if (typeof old !== 'number') {
    throw new CommandError(
      'TypeMismatch',
      `Cannot apply $inc to a value of non-numeric type. The document has the field '${name}' of non-numeric type ${typeName(old)}`,
    );
  }
  return old + by;
}

function parsePush(argument: BsonValue): { values: readonly BsonValue[]; slice: number | null } {
  if (!isDocument(argument) || !Object.hasOwn(argument, '$each')) {
    assertNoModifiers(argument, '$push');
    return { values: [argument], slice: null };
  }
  assertListedModifiers(argument, supportedOperations.pushModifiers, '$push');
  const slice = argument['$slice'];
  if (slice !== undefined && !Number.isInteger(slice)) {
    throw new CommandError(
      'BadValue',
      `The value for $slice must be an integer value but was given type: ${typeName(argument['$slice'])}`,
    );
  }
  return { values: eachValues(argument, '$push'), slice: typeof slice === 'number' ? slice : null };
}

function parseAddToSet(argument: BsonValue): readonly BsonValue[] {
  if (!isDocument(argument) || !Object.hasOwn(argument, '$each')) {
    assertNoModifiers(argument, '$addToSet');
    return [argument];
  }
  assertListedModifiers(argument, ['$each'], '$addToSet');
  return eachValues(argument, '$addToSet');
}

function assertNoModifiers(argument: BsonValue, operator: string): void {
  const modifier = isDocument(argument)
    ? Object.keys(argument).find((key) => key.startsWith('$'))
    : undefined;
  if (modifier === undefined) return;
  throw new CommandError(
    'DollarPrefixedFieldName',
    `unsupported modifier or field name in ${operator}: ${modifier}`,
  );
}

function assertListedModifiers(argument: BsonDocument, listed: readonly string[], operator: string): void {
  for (const key of Object.keys(argument)) {
    if (!listed.includes(key)) {
      throw new CommandError('BadValue', `Unrecognized or unsupported clause in ${operator}: ${key}`);
    }
  }
}

function eachValues(argument: BsonDocument, operator: string): readonly BsonValue[] {
  const each = argument['$each'];
  if (Array.isArray(each)) return each;
  throw new CommandError(
    operator === '$push' ? 'BadValue' : 'TypeMismatch',
    `The argument to $each in ${operator} must be an array but it was of type: ${typeName(each)}`,
  );
}

function push(old: Slot, values: readonly BsonValue[], slice: number | null, name: string): BsonValue[] {
  if (old !== undefined && !Array.isArray(old)) {
    throw new CommandError(
      'BadValue',
      `The field '${name}' must be an array but is of type ${typeName(old)} in the document`,
    );
  }
  const all = [...(old ?? []), ...values];
  if (slice === null) return all;
  if (slice === 0) return [];
  return slice > 0 ? all.slice(0, slice) : all.slice(slice);
}

/** Existing duplicates stay; only the added values are compared with what is there. */
function addToSet(old: Slot, values: readonly BsonValue[], name: string): BsonValue[] {
  if (old !== undefined && !Array.isArray(old)) {
    throw new CommandError(
      'BadValue',
      `Cannot apply $addToSet to non-array field. Field named '${name}' has non-array type ${typeName(old)}`,
    );
  }
  const result = [...(old ?? [])];
  for (const value of values) {
    if (!result.some((element) => equalValues(element, value))) result.push(value);
  }
  return result;
}

function pull(old: Slot, isPulled: (element: BsonValue) => boolean): BsonValue | undefined {
  if (old === undefined) return undefined;
  if (!Array.isArray(old)) throw new CommandError('BadValue', 'Cannot apply $pull to a non-array value');
  return old.filter((element) => !isPulled(element));
}

/** Operators test the element itself, a plain document is a filter on the fields of elements, the rest is equality. */
function parsePull(argument: BsonValue): (element: BsonValue) => boolean {
  if (isDocument(argument) && !isOperatorDocument(argument)) {
    const filter = parseFilter(argument);
    return (element) => isDocument(element) && matches(filter, element);
  }
  if (!isDocument(argument) && parseCondition(argument).every((test) => test.op === 'eq')) {
    return (element) => equalValues(element, argument);
  }
  const filters = parseCondition(argument).map((test) => ({
    kind: 'path' as const,
    name: 'e',
    path: ['e'],
    test,
  }));
  return (element) => filters.every((filter) => matches(filter, { e: element }));
}
