import { Binary, BSONRegExp, ObjectId } from 'bson';
import { getField, isDocument, type BsonDocument, type BsonValue, type Slot } from './value';

/** BSON's order of types. A missing field (and, when sorting, an empty array) comes before null. */
export function typeRank(value: Slot): number {
  if (value === undefined) return 1;
  if (value === null) return 5;
  if (typeof value === 'number') return 10;
  if (typeof value === 'string') return 15;
  if (typeof value === 'boolean') return 40;
  if (Array.isArray(value)) return 25;
  if (value instanceof Binary) return 30;
  if (value instanceof ObjectId) return 35;
  if (value instanceof Date) return 45;
  if (value instanceof BSONRegExp) return 50;
  return 20;
}

/** Total order of all values as MongoDB sorts them. Embedded documents compare field by field, in their order. */
export function compareValues(a: Slot, b: Slot): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const byType = typeRank(a) - typeRank(b);
  if (byType !== 0) return byType;
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  if (a instanceof Binary && b instanceof Binary) return compareBinaries(a, b);
  if (a instanceof BSONRegExp && b instanceof BSONRegExp) {
    return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a === undefined || a === null || b === undefined || b === null) return 0;
  return compareDocuments(asDocument(a), asDocument(b));
}

export function equalValues(a: Slot, b: Slot): boolean {
  return a === b || compareValues(a, b) === 0;
}

function asDocument(value: BsonValue): BsonDocument {
  if (!isDocument(value)) throw new TypeError('two values of one rank and of different types');
  return value;
}

function compareNumbers(a: number, b: number): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) || a > b ? 1 : -1;
}

/** By UTF-8 bytes, that is by code points; UTF-16 units would sort astral characters before U+E000. */
export function compareStrings(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointOrder(left) - codePointOrder(right);
  }
  return a.length - b.length;
}

function codePointOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

function compareBinaries(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(bytesOf(a), bytesOf(b));
}

function bytesOf(value: Binary): Uint8Array {
  return value.buffer.subarray(0, value.position);
}

function compareArrays(a: readonly BsonValue[], b: readonly BsonValue[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareDocuments(a: BsonDocument, b: BsonDocument): number {
  const leftKeys = Object.keys(a);
  const rightKeys = Object.keys(b);
  for (const [index, leftKey] of leftKeys.entries()) {
    const rightKey = rightKeys[index];
    if (rightKey === undefined) return 1;
    const left = getField(a, leftKey);
    const right = getField(b, rightKey);
    const order =
      typeRank(left) - typeRank(right) || compareStrings(leftKey, rightKey) || compareValues(left, right);
    if (order !== 0) return order;
  }
  return leftKeys.length - rightKeys.length;
}

/** A string that two values share exactly when they are equal: the key of hash indexes, `$in` and `$group`. */
export function hashKey(value: Slot): string {
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'number') return `n${value === 0 ? 0 : value}`;
  if (value === undefined) return 'u';
  if (value === null) return 'z';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value instanceof ObjectId) return `i${value.toHexString()}`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Binary) return `b${value.sub_type}:${Buffer.from(bytesOf(value)).toString('base64')}`;
  if (value instanceof BSONRegExp) return `r${joinKeys([value.pattern, value.options])}`;
  if (Array.isArray(value)) return `a${joinKeys(value.map(hashKey))}`;
  const document = asDocument(value);
  return `o${joinKeys(Object.keys(document).flatMap((key) => [key, hashKey(getField(document, key))]))}`;
}

/** Length prefixes keep parts apart whatever they contain. */
export function joinKeys(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}
