import { Long } from 'bson';
import { MAX_DOCUMENT_BYTES, resultSize, type BsonDocument } from './bson/value';
import { CommandError } from './errors';

interface Cursor {
  readonly namespace: string;
  readonly documents: readonly BsonDocument[];
  position: number;
  lastUsed: number;
}

export interface Batch {
  readonly id: Long;
  readonly documents: BsonDocument[];
}

export const DEFAULT_FIRST_BATCH = 101;
/** Type and position of an element in the batch array. */
const ELEMENT_BYTES = 10;
/** As in MongoDB. */
const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** Open cursors. Each holds the documents as they were when it was opened. */
export class Cursors {
  private readonly open = new Map<number, Cursor>();
  private nextId = 1;

  constructor(private readonly now: () => number) {}

  /** The first batch, and a cursor for the rest if there is one. */
  start(namespace: string, documents: readonly BsonDocument[], batchSize: number, single: boolean): Batch {
    const cursor: Cursor = { namespace, documents, position: 0, lastUsed: this.now() };
    const batch = takeBatch(cursor, batchSize);
    if (single || cursor.position >= documents.length) return { id: Long.ZERO, documents: batch };
    const id = this.nextId++;
    this.open.set(id, cursor);
    return { id: Long.fromNumber(id), documents: batch };
  }

  /** A batch size of 0 means as many as fit. */
  next(id: number, namespace: string, batchSize: number): Batch {
    const cursor = this.open.get(id);
    if (cursor?.namespace !== namespace)
      throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
    cursor.lastUsed = this.now();
    const documents = takeBatch(cursor, batchSize === 0 ? Infinity : batchSize);
    const isDone = cursor.position >= cursor.documents.length;
    if (isDone) this.open.delete(id);
    return { id: isDone ? Long.ZERO : Long.fromNumber(id), documents };
  }

  kill(id: number, namespace: string): boolean {
    return this.open.get(id)?.namespace === namespace && this.open.delete(id);
  }

  closeIdle(): void {
    for (const [id, cursor] of this.open) {
      if (this.now() - cursor.lastUsed > IDLE_LIMIT_MS) this.open.delete(id);
    }
  }
}

/** At most 16 MB, and at least one document unless none is asked for. */
function takeBatch(cursor: Cursor, batchSize: number): BsonDocument[] {
  const batch: BsonDocument[] = [];
  let bytes = 0;
  while (batch.length < batchSize) {
    const document = cursor.documents[cursor.position];
    if (document === undefined) break;
    bytes += resultSize(document) + ELEMENT_BYTES;
    if (bytes > MAX_DOCUMENT_BYTES && batch.length > 0) break;
    batch.push(document);
    cursor.position++;
  }
  return batch;
}
