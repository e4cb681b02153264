import { Binary, BSONRegExp, ObjectId, calculateObjectSize, deserialize, serialize } from 'bson';
import { CommandError, notImplemented } from '../errors';
import type { TypeAlias } from '../supported';

/** The BSON types that the embedded database stores. 64-bit integers are JavaScript numbers up to 2^53. */
export type BsonValue =
  | null
  | boolean
  | number
  | string
  | Date
  | ObjectId
  | Binary
  | BSONRegExp
  | BsonDocument
  | BsonValue[];
export interface BsonDocument {
  [key: string]: BsonValue;
}
/** `undefined` is a missing field, never a stored value. */
export type Slot = BsonValue | undefined;

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** As in MongoDB, for messages from clients. */
export const MAX_MESSAGE_DEPTH = 200;
/** An update path (at most 100 parts) can put a value of the greatest message depth below an existing document. */
export const MAX_STORED_DEPTH = 400;
export const MAX_PATH_PARTS = 100;

export function isDocument(value: unknown): value is BsonDocument {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Own properties only: `constructor` and `__proto__` are ordinary field names. */
export function getField(document: BsonDocument, key: string): Slot {
  return Object.hasOwn(document, key) ? document[key] : undefined;
}

export function setField(document: BsonDocument, key: string, value: BsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(document, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    document[key] = value;
  }
}

export function copyDocument(document: BsonDocument): BsonDocument {
  const copy: BsonDocument = {};
  for (const key of Object.keys(document)) {
    const value = getField(document, key);
    if (value !== undefined) setField(copy, key, value);
  }
  return copy;
}

/** Position in an array that a path component names, or -1. */
export function arrayIndex(component: string): number {
  return /^(0|[1-9]\d{0,8})$/.test(component) ? Number(component) : -1;
}

/** Name of the type as in `$type` and in the messages of MongoDB. */
export function typeName(value: Slot): Exclude<TypeAlias, 'number'> | 'missing' {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return isInt32(value) ? 'int' : 'double';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Binary) return 'binData';
  if (value instanceof BSONRegExp) return 'regex';
  return 'object';
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -0x80000000 && value <= 0x7fffffff && !Object.is(value, -0);
}

/**
 * Decodes one document and rejects the types that the embedded database does not hold.
 * Binaries are copied, because bson leaves them as views that would keep a whole message in memory.
 */
export function decodeDocument(bytes: Uint8Array, maxDepth: number): BsonDocument {
  let decoded: unknown;
  try {
    decoded = deserialize(bytes, { bsonRegExp: true, promoteLongs: true });
  } catch (error) {
    throw new CommandError(
      'InvalidBSON',
      `invalid BSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  assertStorableType(decoded, maxDepth);
  if (!isDocument(decoded)) throw notImplemented('a DBRef');
  return decoded;
}

function assertStorableType(value: unknown, depth: number): asserts value is BsonValue {
  if (typeof value !== 'object' || value === null) {
    if (value === undefined) throw notImplemented('the BSON type undefined');
    return;
  }
  if (depth < 0)
    throw new CommandError(
      'Overflow',
      `BSON exceeded the maximum nested object depth of ${MAX_MESSAGE_DEPTH}`,
    );
  if (Array.isArray(value)) {
    for (const element of value) assertStorableType(element, depth - 1);
  } else if (isPlain(value)) {
    if (Object.hasOwn(value, '_bsontype')) throw notImplemented('a field named _bsontype');
    for (const key of Object.keys(value)) assertStorableType(value[key], depth - 1);
  } else if (value instanceof Binary) {
    value.buffer = Uint8Array.prototype.slice.call(value.buffer, 0, value.position);
  } else if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw notImplemented('a date outside the range of JavaScript');
  } else if (!(value instanceof ObjectId || value instanceof BSONRegExp)) {
    throw notImplemented(`the BSON type ${bsonTypeOf(value)}`);
  }
}

function isPlain(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function bsonTypeOf(value: object): string {
  return '_bsontype' in value ? String(value._bsontype) : 'unknown';
}

/** The bytes of a document that is to be stored, or an error when it is over 16 MB. */
export function encodeDocument(
  document: BsonDocument,
  tooLarge: 'BadValue' | 'ResultingDocumentTooLarge',
): Uint8Array {
  const bytes = serialize(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(tooLarge, `the document is larger than ${MAX_DOCUMENT_BYTES} bytes`);
  }
  return bytes;
}

/** Size of a result document; a result over 16 MB is an error, as in MongoDB. */
export function resultSize(document: object): number {
  const size = calculateObjectSize(document);
  if (size > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      'BSONObjectTooLarge',
      `a result document of ${size} bytes is larger than ${MAX_DOCUMENT_BYTES}`,
    );
  }
  return size;
}

export function newObjectId(): ObjectId {
  return new ObjectId();
}
