import { hash } from 'node:crypto';

const MARK_BYTES = 6;

/** Six bytes in the place of a title or a unit key, so that 100,000 of them stay small. */
export function markOf(text: string): number {
  return digestOf(text).readUIntBE(0, MARK_BYTES);
}

/** The marks of these titles, to be stored. */
export function packMarks(titles: readonly string[]): string {
  return Buffer.concat(titles.map((title) => digestOf(title).subarray(0, MARK_BYTES))).toString('base64');
}

export function* unpackMarks(packed: string): Generator<number> {
  const bytes = Buffer.from(packed, 'base64');
  for (let at = 0; at < bytes.length; at += MARK_BYTES) yield bytes.readUIntBE(at, MARK_BYTES);
}

function digestOf(text: string): Buffer {
  return hash('sha1', text, 'buffer');
}
