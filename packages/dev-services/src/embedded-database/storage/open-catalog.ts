import fs from 'node:fs';
import path from 'node:path';
import { encodeDocument } from '../bson/value';
import { Catalog, type Log } from './catalog';
import { lockFolder } from './folder-lock';
import { encodeRecord, FileJournal, writeFully } from './journal';
import { readJournal } from './journal-reader';

const FLUSH_BYTES = 1024 * 1024;

export interface OpenCatalog {
  readonly catalog: Catalog;
  close(): void;
}

/** Loads the folder's data; without a folder everything is in memory only. */
export function openCatalog(dataDir: string | null, log: Log): OpenCatalog {
  const catalog = new Catalog(log);
  if (dataDir === null) return { catalog, close: () => catalog.close() };
  fs.mkdirSync(dataDir, { recursive: true });
  const lock = lockFolder(dataDir);
  try {
    catalog.attach(new FileJournal(loadJournal(dataDir, catalog, log)));
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    catalog,
    close: () => {
      catalog.close();
      lock.release();
    },
  };
}

/** Replays, repairs and compacts the journal; the result is the file to append to. */
function loadJournal(dataDir: string, catalog: Catalog, log: Log): number {
  const file = path.join(dataDir, 'journal.bson');
  const draft = `${file}.new`;
  // Left by a process that was killed while it compacted: the journal itself is still complete.
  fs.rmSync(draft, { force: true });
  const records = fs.existsSync(file) ? replay(file, catalog, log) : 0;
  if (records > 2 * liveRecords(catalog)) {
    writeSnapshot(draft, catalog);
    fs.renameSync(draft, file);
    syncFolder(dataDir);
    log('info', 'journal compacted', { records, kept: liveRecords(catalog) });
  }
  return fs.openSync(file, 'a');
}

function replay(file: string, catalog: Catalog, log: Log): number {
  const descriptor = fs.openSync(file, 'r');
  try {
    const { records, end, fileBytes } = readJournal(descriptor, (record) => catalog.replay(record));
    if (end < fileBytes) {
      fs.truncateSync(file, end);
      log('warn', 'the last write to the journal was cut off and is dropped', { bytes: fileBytes - end });
    }
    return records;
  } finally {
    fs.closeSync(descriptor);
  }
}

function liveRecords(catalog: Catalog): number {
  return catalog
    .everyCollection()
    .reduce((sum, collection) => sum + 1 + collection.size + collection.indexSpecifications().length, 0);
}

function writeSnapshot(draft: string, catalog: Catalog): void {
  const descriptor = fs.openSync(draft, 'w');
  try {
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    const flush = (): void => {
      writeFully(descriptor, Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
    };
    for (const record of snapshotRecords(catalog)) {
      pending.push(record);
      pendingBytes += record.length;
      if (pendingBytes >= FLUSH_BYTES) flush();
    }
    flush();
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function* snapshotRecords(catalog: Catalog): Generator<Buffer> {
  for (const collection of catalog.everyCollection()) {
    const { namespace } = collection;
    yield encodeRecord({ kind: 'create', namespace, document: {} });
    for (const document of collection.describeIndexes().slice(1)) {
      yield encodeRecord({ kind: 'createIndex', namespace, document });
    }
    for (const { document } of collection.all()) {
      yield encodeRecord({ kind: 'put', namespace, bytes: encodeDocument(document, 'BadValue') });
    }
  }
}

/** Makes the rename itself durable. */
function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
