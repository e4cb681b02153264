import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import { MongoServerError, type Collection, type Db, type IndexDescriptionInfo } from 'mongodb';
import { databaseCall, DUPLICATE_KEY } from '../connection/to-database-error';
import type { IndexSpec } from './index-spec';

/** Something about an index that a person has to put right; we never drop what we did not make. */
export interface IndexProblem {
  readonly collection: string;
  readonly index: string;
  readonly message: string;
  /** For mongosh. */
  readonly command: string;
}

export interface IndexReport {
  readonly created: readonly string[];
  readonly existing: readonly string[];
  readonly problems: readonly IndexProblem[];
}

export interface EnsureIndexesOptions {
  /** False: ask for every index, one after the other, without looking at what is there; the same command again does nothing. */
  readonly list?: boolean;
  /** Waits between tries; milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

interface MutableReport {
  readonly created: string[];
  readonly existing: string[];
  readonly problems: IndexProblem[];
}

const MAX_TRIES = 4;
const RETRY_STEP_MS = 250;

const NAMESPACE_NOT_FOUND = 26;
/** IndexOptionsConflict, IndexKeySpecsConflict: somebody made it with other options in the meantime. */
const EXISTS_WITH_OTHER_OPTIONS = new Set<unknown>([85, 86]);

/**
 * Creates what is missing and reports what is in the way (DM-4). An index with the same key under another name or with
 * other options counts as existing, unless it differs in being unique: that changes what can be stored.
 */
export async function ensureIndexes(
  db: Db,
  specs: readonly IndexSpec[],
  { list = true, sleep = delay }: EnsureIndexesOptions = {},
): Promise<IndexReport> {
  const report: MutableReport = { created: [], existing: [], problems: [] };
  for (const name of new Set(specs.map(({ collection }) => collection))) {
    const collection = db.collection(name);
    const wanted = specs.filter((spec) => spec.collection === name);
    const create: Create = (spec) => createOne(db, collection, spec, report, sleep);
    if (!list) {
      for (const spec of wanted) await create(spec);
      continue;
    }
    const present = await withRetries(sleep, () => listIndexes(collection));
    const missing = wanted.filter((spec) => !isPresent(db, spec, present, report));
    if (await createTogether(collection, missing, sleep)) report.created.push(...missing.map(labelOf));
    else for (const spec of missing) await create(spec);
  }
  return report;
}

/** Reports an index that is there already, rightly or wrongly. */
function isPresent(
  db: Db,
  spec: IndexSpec,
  present: readonly IndexDescriptionInfo[],
  report: MutableReport,
): boolean {
  const found = present.find((candidate) => covers(candidate, spec));
  if (found === undefined) return false;
  if ((found.unique ?? false) === (spec.unique ?? false)) report.existing.push(labelOf(spec));
  else report.problems.push(wrongUniqueness(db, found.name ?? spec.name, spec));
  return true;
}

/** With one command, which reads a collection once for all of them. False: one is in the way, and none was made. */
async function createTogether(
  collection: Collection,
  specs: readonly IndexSpec[],
  sleep: Sleep,
): Promise<boolean> {
  if (specs.length === 0) return true;
  const descriptions = specs.map((spec) => ({ key: spec.key, ...creationOptions(spec) }));
  try {
    await withRetries(sleep, () => collection.createIndexes(descriptions));
    return true;
  } catch (error) {
    const code = causeCode(error);
    if (code === DUPLICATE_KEY || EXISTS_WITH_OTHER_OPTIONS.has(code)) return false;
    throw error;
  }
}

async function createOne(
  db: Db,
  collection: Collection,
  spec: IndexSpec,
  report: MutableReport,
  sleep: Sleep,
): Promise<void> {
  try {
    await withRetries(sleep, () => collection.createIndex(spec.key, creationOptions(spec), undefined));
    report.created.push(labelOf(spec));
  } catch (error) {
    const code = causeCode(error);
    if (EXISTS_WITH_OTHER_OPTIONS.has(code)) report.existing.push(labelOf(spec));
    else if (code === DUPLICATE_KEY) report.problems.push(duplicateKeys(db, spec));
    else throw error;
  }
}

function labelOf({ collection, name }: IndexSpec): string {
  return `${collection}.${name}`;
}

function creationOptions({ name, unique, sparse, partial, expireAfterSeconds }: IndexSpec) {
  return {
    name,
    ...(unique === undefined ? {} : { unique }),
    ...(sparse === undefined ? {} : { sparse }),
    ...(partial === undefined ? {} : { partialFilterExpression: partial }),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}

/** Several partial indexes may share a key, so for those the name counts. */
function covers(candidate: IndexDescriptionInfo, spec: IndexSpec): boolean {
  if (spec.partial !== undefined) return candidate.name === spec.name;
  const isPartialByAccident = candidate['partialFilterExpression'] !== undefined && spec.unique !== true;
  return (
    !isPartialByAccident &&
    JSON.stringify(Object.entries(candidate.key)) === JSON.stringify(Object.entries(spec.key))
  );
}

function wrongUniqueness(db: Db, existingName: string, spec: IndexSpec): IndexProblem {
  const reason =
    spec.unique === true
      ? 'is not unique; nothing then keeps two writers from creating the same document twice'
      : 'is unique; two works that share these values could not both be stored (B-11)';
  const target = shellCollection(db, spec);
  return {
    collection: spec.collection,
    index: existingName,
    message: `Index ${existingName} of ${spec.collection} ${reason}. Replace it.`,
    command: `${target}.dropIndex(${JSON.stringify(existingName)}); ${creationCommand(db, spec)}`,
  };
}

function duplicateKeys(db: Db, spec: IndexSpec): IndexProblem {
  const fields = Object.keys(spec.key);
  const id = Object.fromEntries(fields.map((field) => [field, `$${field}`]));
  const pipeline = [
    { $group: { _id: id, ids: { $push: '$_id' }, count: { $sum: 1 } } },
    { $match: { count: { $gt: 1 } } },
  ];
  return {
    collection: spec.collection,
    index: spec.name,
    message: `The unique index ${spec.name} of ${spec.collection} cannot be built: several documents share the same ${fields.join(', ')}. Find them with the command, delete the superfluous ones and start again.`,
    command: `${shellCollection(db, spec)}.aggregate(${JSON.stringify(pipeline)})`,
  };
}

function shellCollection(db: Db, { collection }: IndexSpec): string {
  return `db.getSiblingDB(${JSON.stringify(db.databaseName)}).getCollection(${JSON.stringify(collection)})`;
}

function creationCommand(db: Db, spec: IndexSpec): string {
  return `${shellCollection(db, spec)}.createIndex(${JSON.stringify(spec.key)}, ${JSON.stringify(creationOptions(spec))})`;
}

async function listIndexes(collection: Collection): Promise<IndexDescriptionInfo[]> {
  try {
    return await collection.indexes();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

type Create = (spec: IndexSpec) => Promise<void>;
type Sleep = (ms: number) => Promise<unknown>;

/** A dropped connection must not leave a collection without indexes until the next start (F-15). */
async function withRetries<T>(sleep: Sleep, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await databaseCall({ operation: 'ensureIndexes' }, call);
    } catch (error) {
      const isTransient = error instanceof ReelsyncError && error.code === 'DATABASE_UNAVAILABLE';
      if (!isTransient || attempt >= MAX_TRIES) throw error;
      await sleep(RETRY_STEP_MS * attempt);
    }
  }
}

function causeCode(error: unknown): unknown {
  const cause = error instanceof ReelsyncError ? error.cause : undefined;
  return cause instanceof MongoServerError ? cause.code : undefined;
}
