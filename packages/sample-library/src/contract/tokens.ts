import { createHash } from 'node:crypto';

/** Each path segment is encoded like the file servers do it (contract §1.1). */
export function encodePath(...segments: readonly string[]): string {
  return segments.map(encodeURIComponent).join('/');
}

const hex = (algorithm: 'sha1' | 'sha256', text: string): string =>
  createHash(algorithm).update(text).digest('hex');

/** 10 hex digits from the modification time alone, as on a real server: a touch changes it, two files may share it. */
export const imageToken = (mtime: number): string => hex('sha256', String(mtime)).slice(0, 10);

/** 64 hex digits over names, sizes and times of a whole folder. */
export const folderToken = (fingerprint: string): string => hex('sha256', fingerprint);

/** SHA-1 over a value whose members are always written in one order. */
export const recordHash = (record: unknown): string => hex('sha1', JSON.stringify(record));

/** The digest of the empty string: the `_id` of every file whose probing failed. */
export const UNPROBED_ID = hex('sha256', '');

export const mediaId = (description: string): string => hex('sha256', description);
