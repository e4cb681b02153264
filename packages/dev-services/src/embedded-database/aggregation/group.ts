import { compareValues, hashKey } from '../bson/compare';
import { isDocument, setField, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import { CommandError } from '../errors';
import { isListed, supportedOperations, type Accumulator } from '../supported';
import { parseExpression, type Expression } from './expression';

interface Accumulation {
  add(value: Slot): void;
  result(): BsonValue;
}

const accumulations: Record<Accumulator, () => Accumulation> = {
  $sum: () => {
    let sum = 0;
    return { add: (value) => void (sum += typeof value === 'number' ? value : 0), result: () => sum };
  },
  $avg: () => {
    let sum = 0;
    let count = 0;
    return {
      add: (value) => {
        if (typeof value !== 'number') return;
        sum += value;
        count++;
      },
      result: () => (count === 0 ? null : sum / count),
    };
  },
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: () => {
    let first: Slot;
    let isEmpty = true;
    return {
      add: (value) => {
        if (isEmpty) first = value;
        isEmpty = false;
      },
      result: () => first ?? null,
    };
  },
  $last: () => {
    let last: Slot;
    return { add: (value) => void (last = value), result: () => last ?? null };
  },
  $push: () => {
    const values: BsonValue[] = [];
    return {
      add: (value) => {
        if (value !== undefined) values.push(value);
      },
      result: () => values,
    };
  },
  $addToSet: () => {
    const values = new Map<string, BsonValue>();
    return {
      add: (value) => {
        if (value !== undefined) values.set(hashKey(value), value);
      },
      result: () => [...values.values()],
    };
  },
};

function extreme(direction: 1 | -1): Accumulation {
  let best: BsonValue = null;
  return {
    add: (value) => {
      if (value != null && (best === null || compareValues(value, best) * direction > 0)) best = value;
    },
    result: () => best,
  };
}

interface OutputField {
  readonly name: string;
  readonly create: () => Accumulation;
  readonly expression: Expression;
}

/** Parses a `$group` stage. */
export function parseGroup(specification: BsonValue): (documents: readonly BsonDocument[]) => BsonDocument[] {
  if (!isDocument(specification)) {
    throw new CommandError('GroupSpecification', "a group's fields must be specified in an object");
  }
  const idSpecification = specification['_id'];
  if (!Object.hasOwn(specification, '_id') || idSpecification === undefined) {
    throw new CommandError('GroupWithoutId', 'a group specification must include an _id');
  }
  const id = parseExpression(idSpecification);
  const fields = Object.entries(specification).flatMap(([name, value]) =>
    name === '_id' ? [] : [parseOutputField(name, value)],
  );
  return (documents) => group(documents, id, fields);
}

function parseOutputField(name: string, value: BsonValue): OutputField {
  if (name.includes('.') || name.startsWith('$'))
    throw new CommandError('BadValue', `invalid field name in $group: ${name}`);
  const [entry, ...others] = isDocument(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0) {
    throw new CommandError('BadValue', `The field '${name}' must be an accumulator object with one operator`);
  }
  const [operator, argument] = entry;
  if (!isListed(supportedOperations.accumulators, operator)) {
    throw new CommandError('BadValue', `unknown or unsupported group operator '${operator}'`);
  }
  if (Array.isArray(argument))
    throw new CommandError('BadValue', `The ${operator} accumulator is a unary operator`);
  return { name, create: accumulations[operator], expression: parseExpression(argument) };
}

function group(
  documents: readonly BsonDocument[],
  id: Expression,
  fields: readonly OutputField[],
): BsonDocument[] {
  const groups = new Map<string, { id: BsonValue; accumulations: Accumulation[] }>();
  for (const document of documents) {
    const groupId = id(document) ?? null;
    const key = hashKey(groupId);
    let entry = groups.get(key);
    if (entry === undefined) {
      entry = { id: groupId, accumulations: fields.map((field) => field.create()) };
      groups.set(key, entry);
    }
    for (const [index, field] of fields.entries())
      entry.accumulations[index]?.add(field.expression(document));
  }
  return [...groups.values()].map((entry) => {
    const result: BsonDocument = { _id: entry.id };
    for (const [index, field] of fields.entries()) {
      setField(result, field.name, entry.accumulations[index]?.result() ?? null);
    }
    return result;
  });
}
