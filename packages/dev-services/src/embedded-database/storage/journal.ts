import fs from 'node:fs';
import zlib from 'node:zlib';
import { serialize } from 'bson';
import type { BsonDocument } from '../bson/value';
import { CommandError } from '../errors';

/** What the journal keeps of a change; `namespace` is `database.collection`. */
export type JournalRecord =
  | { readonly kind: 'put'; readonly namespace: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'delete' | 'create' | 'drop' | 'createIndex' | 'dropIndex';
      readonly namespace: string;
      readonly document: BsonDocument;
    };

export interface Journal {
  /** Takes a change; it is written at the next commit. */
  record(record: JournalRecord): void;
  /** Writes what was taken since the last commit, before the client gets its answer. */
  commit(toDisk: boolean): void;
  close(): void;
}

export const memoryJournal: Journal = {
  record: () => undefined,
  commit: () => undefined,
  close: () => undefined,
};

/** Position in this list is the number in the file: only ever append. */
export const recordKinds = ['put', 'delete', 'create', 'drop', 'createIndex', 'dropIndex'] as const;

/**
 * Length of the body, its complement, and the CRC-32 of the body, each 32 bits little-endian. The complement tells a
 * damaged length from a record that a killed process did not finish.
 */
export const RECORD_HEADER_BYTES = 12;

/** body: kind (1 byte), length of the namespace (2 bytes), namespace, BSON. */
export function encodeRecord(record: JournalRecord): Buffer {
  const bytes = record.kind === 'put' ? record.bytes : serialize(record.document);
  const namespace = Buffer.from(record.namespace);
  const bodyBytes = 3 + namespace.length + bytes.length;
  const result = Buffer.allocUnsafe(RECORD_HEADER_BYTES + bodyBytes);
  result.writeUInt8(recordKinds.indexOf(record.kind), RECORD_HEADER_BYTES);
  result.writeUInt16LE(namespace.length, RECORD_HEADER_BYTES + 1);
  result.set(namespace, RECORD_HEADER_BYTES + 3);
  result.set(bytes, RECORD_HEADER_BYTES + 3 + namespace.length);
  result.writeUInt32LE(bodyBytes, 0);
  result.writeUInt32LE(~bodyBytes >>> 0, 4);
  result.writeUInt32LE(zlib.crc32(result.subarray(RECORD_HEADER_BYTES)), 8);
  return result;
}

/** An append-only file. A process killed after a commit loses nothing; only a power cut can (see `toDisk`). */
export class FileJournal implements Journal {
  private pending: Buffer[] = [];
  private failure: Error | null = null;

  constructor(private readonly file: number) {}

  record(record: JournalRecord): void {
    this.assertWritable();
    this.pending.push(encodeRecord(record));
  }

  commit(toDisk: boolean): void {
    this.assertWritable();
    if (this.pending.length > 0) {
      const bytes =
        this.pending.length === 1 && this.pending[0] ? this.pending[0] : Buffer.concat(this.pending);
      this.pending = [];
      try {
        writeFully(this.file, bytes);
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
        this.assertWritable();
      }
    }
    if (toDisk) fs.fdatasyncSync(this.file);
  }

  close(): void {
    fs.fsyncSync(this.file);
    fs.closeSync(this.file);
  }

  /** After a failed write memory is ahead of the file: nothing may be answered any more. */
  private assertWritable(): void {
    if (this.failure === null) return;
    throw new CommandError(
      'JournalFailed',
      `the journal could not be written, restart the database: ${this.failure.message}`,
    );
  }
}

export function writeFully(file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += fs.writeSync(file, bytes, offset);
}
