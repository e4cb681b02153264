import { createHash, type Hash } from 'node:crypto';

/** By what neighbouring members of a document are recognised in its next state. */
export interface SegmentMark {
  /** Name of the first one as it stands in the document, with its quotes. */
  readonly first: string;
  /** From behind that name to the comma or brace behind the last member, this included. */
  readonly bytes: number;
  /** Of that name and these bytes. */
  readonly digest: string;
}

/** Of a segment whose first member has this name, to be given its bytes. */
export function startDigest(name: Buffer): Hash {
  return createHash('sha256').update(name);
}

/** 128 bits: nothing that is not the same has the same. */
export function endDigest(hash: Hash): string {
  return hash.digest('hex').slice(0, 32);
}
