import type { Hash } from 'node:crypto';
import { endDigest, startDigest, type SegmentMark } from './segment-mark';

/** Bytes that may be those of a segment that is known. They are held until the last of them has come, in case they are not. */
export class KnownStretch<K extends SegmentMark> {
  readonly held: Buffer[] = [];
  private missing: number;
  private readonly hash: Hash;

  /** `name`: that of its first member, behind which its bytes begin. */
  constructor(
    readonly known: K,
    name: Buffer,
  ) {
    this.missing = known.bytes;
    this.hash = startDigest(name);
  }

  get isComplete(): boolean {
    return this.missing === 0;
  }

  /** Returns what follows it. */
  add(chunk: Buffer): Buffer {
    const own = chunk.subarray(0, this.missing);
    this.missing -= own.length;
    this.held.push(own);
    this.hash.update(own);
    return chunk.subarray(own.length);
  }

  /** Once it is complete. */
  isSame(): boolean {
    return endDigest(this.hash) === this.known.digest;
  }

  /** The comma or brace behind its last member, once it is complete. */
  get terminator(): number {
    return this.held.at(-1)?.at(-1) ?? 0;
  }
}
