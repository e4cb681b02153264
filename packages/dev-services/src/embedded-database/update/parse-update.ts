import { compareStrings } from '../bson/compare';
import {
  arrayIndex,
  isDocument,
  typeName,
  MAX_PATH_PARTS,
  type BsonDocument,
  type BsonValue,
} from '../bson/value';
import { CommandError, notImplemented } from '../errors';
import { isListed, supportedOperations, type UpdateOperator } from '../supported';
import { buildChange, type Change } from './operators';

interface FieldUpdate {
  readonly operator: UpdateOperator;
  readonly name: string;
  readonly path: readonly string[];
  readonly change: Change;
}

export type Update =
  | { readonly kind: 'replacement'; readonly document: BsonDocument }
  | { readonly kind: 'operators'; readonly updates: readonly FieldUpdate[] };

/** Parses an update; everything outside the allow-list is an error. */
export function parseUpdate(value: BsonValue): Update {
  if (Array.isArray(value)) throw notImplemented('an update given as an aggregation pipeline');
  if (!isDocument(value)) throw new CommandError('FailedToParse', 'Update argument must be an object');
  if (Object.keys(value)[0]?.startsWith('$') !== true) {
    assertStorableNames(value);
    return { kind: 'replacement', document: value };
  }
  const updates = Object.entries(value).flatMap(([operator, fields]) => parseOperator(operator, fields));
  assertNoConflict(updates);
  // MongoDB applies (and so creates) fields in the order of their names, not in the given one.
  return { kind: 'operators', updates: updates.sort((a, b) => comparePaths(a.path, b.path)) };
}

function parseOperator(operator: string, fields: BsonValue): FieldUpdate[] {
  if (!isListed(supportedOperations.updateOperators, operator)) {
    throw new CommandError(
      'FailedToParse',
      `Unknown or unsupported modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  }
  if (!isDocument(fields)) {
    throw new CommandError(
      'FailedToParse',
      `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ...}`,
    );
  }
  return Object.entries(fields).map(([name, argument]) => {
    const path = parsePath(name);
    return { operator, name, path, change: buildChange(operator, argument, name) };
  });
}

function parsePath(name: string): string[] {
  if (name === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  const path = name.split('.');
  if (path.includes('')) {
    throw new CommandError(
      'EmptyFieldName',
      `The update path '${name}' contains an empty field name, which is not allowed.`,
    );
  }
  if (path.some((part) => part === '$' || part.startsWith('$['))) {
    throw new CommandError('BadValue', `positional update paths are not supported: ${name}`);
  }
  const dollar = path.find((part) => part.startsWith('$'));
  if (dollar !== undefined) throw dollarPrefixed(dollar);
  if (path.length > MAX_PATH_PARTS)
    throw new CommandError('Overflow', `the update path has over ${MAX_PATH_PARTS} parts`);
  return path;
}

/**
 * A leading $ is refused at the top of a stored document, where it is almost always a mistyped operator (MongoDB allows
 * some of those). Further down it is data like any other, as in MongoDB 5 and later: metadata files hold what they hold.
 */
export function assertStorableNames(document: BsonDocument): void {
  const dollar = Object.keys(document).find((key) => key.startsWith('$'));
  if (dollar !== undefined) throw dollarPrefixed(dollar);
}

function dollarPrefixed(name: string): CommandError {
  return new CommandError(
    'DollarPrefixedFieldName',
    `The dollar ($) prefixed field '${name}' is not allowed in stored documents by reelsync-embedded-database`,
  );
}

function assertNoConflict(updates: readonly FieldUpdate[]): void {
  const taken = new Map<string, boolean>();
  for (const { path, name } of updates) {
    const isPrefixOfOther = taken.has(name);
    const prefixes = path.slice(0, -1).map((_, index) => path.slice(0, index + 1).join('.'));
    const conflict = isPrefixOfOther ? name : prefixes.find((prefix) => taken.get(prefix) === true);
    if (conflict !== undefined) {
      throw new CommandError(
        'ConflictingUpdateOperators',
        `Updating the path '${name}' would create a conflict at '${conflict}'`,
      );
    }
    for (const prefix of prefixes) taken.set(prefix, false);
    taken.set(name, true);
  }
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const [leftIndex, rightIndex] = [arrayIndex(left), arrayIndex(right)];
    const order = leftIndex >= 0 && rightIndex >= 0 ? leftIndex - rightIndex : compareStrings(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
