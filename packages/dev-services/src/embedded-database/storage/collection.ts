import { hashKey } from '../bson/compare';
import { encodeDocument, getField, typeName, type BsonDocument } from '../bson/value';
import { CommandError } from '../errors';
import type { Filter } from '../query/filter';
import { matches } from '../query/match';
import { withId } from '../update/apply-update';
import { HashIndex, keyValues, type IndexKeys, type Stored } from './hash-index';
import {
  describeIndex,
  isExistingIndex,
  isIdIndex,
  parseIndexSpecification,
  type IndexSpecification,
} from './index-specification';
import type { JournalRecord } from './journal';
import { conjuncts, findCandidates } from './planner';

/** Scans over more documents are reported once per collection and shape of filter. */
const SCAN_WARNING_THRESHOLD = 5000;

const ID_INDEX: IndexSpecification = parseIndexSpecification({ key: { _id: 1 }, name: '_id_' });

/** The documents of one namespace with their indexes. Every change is also given to the journal. */
export class Collection {
  private readonly records = new Map<string, Stored>();
  private readonly indexes = new Map<string, HashIndex>();
  private readonly reportedScans = new Set<string>();

  constructor(
    readonly namespace: string,
    private readonly record: (record: JournalRecord) => void,
    private readonly warn: (message: string, fields: Record<string, unknown>) => void,
  ) {}

  get size(): number {
    return this.records.size;
  }

  all(): Iterable<Stored> {
    return this.records.values();
  }

  /** All matches in the order of the collection (or of the index), at most `limit`. */
  find(filter: Filter, limit = Infinity): Stored[] {
    const candidates = findCandidates(filter, this.records, this.indexes.values());
    if (candidates === null) this.reportScan(filter);
    const found: Stored[] = [];
    if (limit <= 0) return found;
    for (const stored of candidates ?? this.records.values()) {
      if (!matches(filter, stored.document)) continue;
      found.push(stored);
      if (found.length >= limit) break;
    }
    return found;
  }

  insert(given: BsonDocument): BsonDocument {
    const document = withId(given);
    const id = getField(document, '_id');
    if (Array.isArray(id) || typeName(id) === 'regex') {
      throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${typeName(id)}`);
    }
    const stored: Stored = { idKey: hashKey(id), document };
    if (this.records.has(stored.idKey)) throw this.duplicateKey(ID_INDEX, document);
    const keys = [...this.indexes.values()].map(
      (index) => [index, this.checkedKeys(index, document, null)] as const,
    );
    const bytes = encodeDocument(document, 'BadValue');
    this.record({ kind: 'put', namespace: this.namespace, bytes });
    this.records.set(stored.idKey, stored);
    for (const [index, indexKeys] of keys) index.add(stored, indexKeys);
    return document;
  }

  replace(stored: Stored, document: BsonDocument): void {
    const affected = [...this.indexes.values()].filter(
      (index) => !index.isUnaffected(stored.document, document),
    );
    const keys = affected.map((index) => [index, this.checkedKeys(index, document, stored)] as const);
    const bytes = encodeDocument(document, 'ResultingDocumentTooLarge');
    this.record({ kind: 'put', namespace: this.namespace, bytes });
    for (const [index, indexKeys] of keys) {
      index.remove(stored, index.keysOf(stored.document));
      index.add(stored, indexKeys);
    }
    stored.document = document;
  }

  remove(stored: Stored): void {
    const id = getField(stored.document, '_id') ?? null;
    this.record({ kind: 'delete', namespace: this.namespace, document: { _id: id } });
    this.discard(stored);
  }

  /** Replay only: the journal's version wins and is not recorded again. */
  restore(document: BsonDocument): void {
    const idKey = hashKey(getField(document, '_id'));
    const existing = this.records.get(idKey);
    const stored: Stored = existing ?? { idKey, document };
    for (const index of this.indexes.values()) {
      if (existing !== undefined) index.remove(existing, index.keysOf(existing.document));
      index.add(stored, index.keysOf(document));
    }
    stored.document = document;
    this.records.set(idKey, stored);
  }

  /** Replay only. */
  forget(id: BsonDocument): void {
    const stored = this.records.get(hashKey(getField(id, '_id')));
    if (stored !== undefined) this.discard(stored);
  }

  /** Builds all or none of the indexes; existing ones are left as they are. */
  createIndexes(specifications: readonly IndexSpecification[]): void {
    const known = [ID_INDEX, ...this.indexSpecifications()];
    const built: HashIndex[] = [];
    for (const specification of specifications) {
      if (isIdIndex(specification) || isExistingIndex(known, specification)) continue;
      built.push(this.build(specification));
      known.push(specification);
    }
    for (const index of built) {
      this.indexes.set(index.specification.name, index);
      const document = describeIndex(index.specification);
      this.record({ kind: 'createIndex', namespace: this.namespace, document });
    }
  }

  /** Replay only. */
  restoreIndex(document: BsonDocument): void {
    const specification = parseIndexSpecification(document);
    this.indexes.set(specification.name, this.build(specification));
  }

  dropIndex(name: string): boolean {
    if (!this.indexes.delete(name)) return false;
    this.record({ kind: 'dropIndex', namespace: this.namespace, document: { name } });
    return true;
  }

  /** Replay only. */
  forgetIndex(name: string): void {
    this.indexes.delete(name);
  }

  describeIndexes(): BsonDocument[] {
    return [ID_INDEX, ...this.indexSpecifications()].map(describeIndex);
  }

  indexSpecifications(): IndexSpecification[] {
    return [...this.indexes.values()].map((index) => index.specification);
  }

  private build(specification: IndexSpecification): HashIndex {
    const index = new HashIndex(specification);
    for (const stored of this.records.values()) {
      const keys = index.keysOf(stored.document);
      if (keys !== null && specification.unique && index.conflict(keys, stored)) {
        throw this.duplicateKey(specification, stored.document);
      }
      index.add(stored, keys);
    }
    return index;
  }

  private checkedKeys(index: HashIndex, document: BsonDocument, self: Stored | null): IndexKeys | null {
    const keys = index.keysOf(document);
    if (keys !== null && index.specification.unique && index.conflict(keys, self)) {
      throw this.duplicateKey(index.specification, document);
    }
    return keys;
  }

  private duplicateKey(specification: IndexSpecification, document: BsonDocument): CommandError {
    const keyValue = keyValues(specification, document);
    return new CommandError(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${this.namespace} index: ${specification.name} dup key: ${JSON.stringify(keyValue)}`,
      { keyPattern: specification.key, keyValue },
    );
  }

  private discard(stored: Stored): void {
    for (const index of this.indexes.values()) index.remove(stored, index.keysOf(stored.document));
    this.records.delete(stored.idKey);
  }

  private reportScan(filter: Filter): void {
    const conditions = conjuncts(filter);
    if (this.records.size <= SCAN_WARNING_THRESHOLD || conditions.length === 0) return;
    const shape = conditions
      .map(({ name, test }) => `${name}:${test.op}`)
      .sort()
      .join(' ');
    if (this.reportedScans.has(shape)) return;
    this.reportedScans.add(shape);
    this.warn('collection scan', { collection: this.namespace, filter: shape, documents: this.records.size });
  }
}
