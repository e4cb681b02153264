import type { BsonDocument } from '../bson/value';
import { CommandError } from '../errors';
import { Collection } from './collection';
import { memoryJournal, type Journal } from './journal';
import type { ReadRecord } from './journal-reader';

export type Log = (level: 'info' | 'warn', message: string, fields?: Record<string, unknown>) => void;

/** All databases and collections. */
export class Catalog {
  private readonly databases = new Map<string, Map<string, Collection>>();

  private journal: Journal = memoryJournal;

  constructor(private readonly log: Log) {}

  /** From here on changes are recorded; before it the catalog is memory only or being replayed. */
  attach(journal: Journal): void {
    this.journal = journal;
  }

  find(database: string, name: string): Collection | undefined {
    return this.databases.get(database)?.get(name);
  }

  findOrCreate(database: string, name: string): Collection {
    return this.find(database, name) ?? this.create(database, name);
  }

  create(database: string, name: string): Collection {
    if (this.find(database, name) !== undefined) {
      throw new CommandError('NamespaceExists', `Collection ${database}.${name} already exists.`);
    }
    this.journal.record({ kind: 'create', namespace: `${database}.${name}`, document: {} });
    return this.add(database, name);
  }

  drop(database: string, name: string): boolean {
    if (this.find(database, name) === undefined) return false;
    this.journal.record({ kind: 'drop', namespace: `${database}.${name}`, document: {} });
    this.remove(database, name);
    return true;
  }

  dropDatabase(database: string): boolean {
    const names = this.collections(database).map(([name]) => name);
    for (const name of names) this.drop(database, name);
    return names.length > 0;
  }

  databaseNames(): string[] {
    return [...this.databases.keys()].sort();
  }

  collections(database: string): [string, Collection][] {
    return [...(this.databases.get(database) ?? [])];
  }

  everyCollection(): Collection[] {
    return this.databaseNames().flatMap((database) =>
      this.collections(database).map(([, collection]) => collection),
    );
  }

  commit(toDisk: boolean): void {
    this.journal.commit(toDisk);
  }

  close(): void {
    this.journal.close();
  }

  /** Applies a record that a former process wrote; nothing is recorded again. */
  replay(record: ReadRecord): void {
    const dot = record.namespace.indexOf('.');
    const database = record.namespace.slice(0, dot);
    const name = record.namespace.slice(dot + 1);
    const existing = this.find(database, name);
    switch (record.kind) {
      case 'put':
        (existing ?? this.add(database, name)).restore(record.document);
        break;
      case 'delete':
        existing?.forget(record.document);
        break;
      case 'create':
        if (existing === undefined) this.add(database, name);
        break;
      case 'drop':
        this.remove(database, name);
        break;
      case 'createIndex':
        (existing ?? this.add(database, name)).restoreIndex(record.document);
        break;
      case 'dropIndex':
        existing?.forgetIndex(indexName(record.document));
        break;
    }
  }

  private add(database: string, name: string): Collection {
    const collections = this.databases.get(database) ?? new Map<string, Collection>();
    const collection = new Collection(
      `${database}.${name}`,
      (record) => this.journal.record(record),
      (message, fields) => this.log('warn', message, fields),
    );
    this.databases.set(database, collections);
    collections.set(name, collection);
    return collection;
  }

  private remove(database: string, name: string): void {
    const collections = this.databases.get(database);
    collections?.delete(name);
    if (collections?.size === 0) this.databases.delete(database);
  }
}

function indexName(document: BsonDocument): string {
  return typeof document['name'] === 'string' ? document['name'] : '';
}
