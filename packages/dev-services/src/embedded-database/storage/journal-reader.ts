import fs from 'node:fs';
import zlib from 'node:zlib';
import { decodeDocument, MAX_STORED_DEPTH, type BsonDocument } from '../bson/value';
import { RECORD_HEADER_BYTES, recordKinds } from './journal';

export interface ReadRecord {
  readonly kind: (typeof recordKinds)[number];
  readonly namespace: string;
  readonly document: BsonDocument;
}

export interface JournalContents {
  readonly records: number;
  /** Where the last complete record ends. */
  readonly end: number;
  /** Length of the file: greater than `end` when a write was cut off. */
  readonly fileBytes: number;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Gives every record to `apply`, in order. A tail that a killed process left incomplete ends the reading; damage before
 * the end cannot come from that and is an error, so that the records behind it are not silently lost.
 */
export function readJournal(file: number, apply: (record: ReadRecord) => void): JournalContents {
  const fileBytes = fs.fstatSync(file).size;
  const window = new FileWindow(file, fileBytes);
  let end = 0;
  let records = 0;
  while (end + RECORD_HEADER_BYTES <= fileBytes) {
    const header = window.read(end, RECORD_HEADER_BYTES);
    const bodyBytes = header.readUInt32LE(0);
    const hasLength = header.readUInt32LE(4) === ~bodyBytes >>> 0;
    const crc = header.readUInt32LE(8);
    const next = end + RECORD_HEADER_BYTES + bodyBytes;
    if (hasLength && next > fileBytes) break;
    const body = hasLength ? window.read(end + RECORD_HEADER_BYTES, bodyBytes) : null;
    if (body === null || zlib.crc32(body) !== crc) {
      if ((hasLength && next === fileBytes) || window.isZeroFrom(end)) break;
      throw new Error(
        `the journal is damaged at byte ${end} of ${fileBytes}: restore or remove the data folder`,
      );
    }
    apply(decodeBody(body));
    end = next;
    records++;
  }
  return { records, end, fileBytes };
}

function decodeBody(body: Buffer): ReadRecord {
  const kind = recordKinds[body.readUInt8(0)];
  if (kind === undefined) throw new Error('the journal was written by a newer version');
  const namespaceEnd = 3 + body.readUInt16LE(1);
  return {
    kind,
    namespace: body.toString('utf8', 3, namespaceEnd),
    document: decodeDocument(body.subarray(namespaceEnd), MAX_STORED_DEPTH),
  };
}

/** Reads the file in chunks: it may be longer than a buffer can be. */
class FileWindow {
  private start = 0;
  private bytes = Buffer.alloc(0);

  constructor(
    private readonly file: number,
    private readonly fileBytes: number,
  ) {}

  read(from: number, length: number): Buffer {
    const offset = from - this.start;
    if (offset < 0 || offset + length > this.bytes.length) this.load(from, Math.max(length, CHUNK_BYTES));
    return this.bytes.subarray(from - this.start, from - this.start + length);
  }

  isZeroFrom(from: number): boolean {
    for (let at = from; at < this.fileBytes; at += CHUNK_BYTES) {
      const chunk = this.read(at, Math.min(CHUNK_BYTES, this.fileBytes - at));
      if (chunk.some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  private load(from: number, length: number): void {
    const bytes = Buffer.alloc(Math.min(length, this.fileBytes - from));
    let filled = 0;
    while (filled < bytes.length) {
      const count = fs.readSync(this.file, bytes, filled, bytes.length - filled, from + filled);
      if (count === 0) throw new Error('the journal became shorter while it was read');
      filled += count;
    }
    this.start = from;
    this.bytes = bytes;
  }
}
