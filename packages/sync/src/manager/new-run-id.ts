import { randomBytes } from 'node:crypto';

/** 24 hexadecimal digits, as MongoDB's ids have. */
export function newRunId(): string {
  return randomBytes(12).toString('hex');
}
