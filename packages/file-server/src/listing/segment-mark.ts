/** By what neighbouring members of a document are recognised in its next state. */
export interface SegmentMark {
  /** Name of the first one as it stands in the document, with its quotes. */
  readonly first: string;
  /** From behind that name to the comma or brace behind the last member, this included. */
  readonly bytes: number;
  /** Of that name and these bytes. */
  readonly digest: string;
}

/** 128 bits: nothing that is not the same has the same. */
export function shortDigest(hex: string): string {
  return hex.slice(0, 32);
}
