import { endDigest, startDigest } from './segment-mark';

/** The bytes of a document around the place where it is read, as they came, up to a limit. */
export class RawBytes {
  private chunks: Buffer[] = [];
  private held = 0;
  private end = 0;

  constructor(private readonly maxBytes: number) {}

  /** The next bytes of the document. Beyond the limit all are let go: nobody holds a member of any size (see MemberCutter). */
  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    this.end += chunk.length;
    if (this.held > this.maxBytes) this.dropBefore(this.end);
  }

  /** Bytes that nobody will ask for, all of those before them included. */
  passOver(bytes: number): void {
    this.end += bytes;
    this.dropBefore(this.end);
  }

  /** Positions are bytes from the start of the document. */
  dropBefore(position: number): void {
    const excess = position - (this.end - this.held);
    let dropped = 0;
    // All whole chunks at once: there may be very many.
    const kept = this.chunks.findIndex((chunk) => {
      if (dropped + chunk.length > excess) return true;
      dropped += chunk.length;
      return false;
    });
    this.chunks.splice(0, kept === -1 ? this.chunks.length : kept);
    const [first] = this.chunks;
    if (first !== undefined && excess > dropped) {
      this.chunks[0] = first.subarray(excess - dropped);
      dropped = excess;
    }
    this.held -= dropped;
  }

  /** Of a segment: its first name and the bytes from one position to before another; undefined when these are not held any more. */
  digest(name: Buffer, from: number, to: number): string | undefined {
    let at = this.end - this.held;
    if (from < at || to > this.end) return undefined;
    const hash = startDigest(name);
    for (const chunk of this.chunks) {
      const start = Math.max(from - at, 0);
      const stop = Math.min(to - at, chunk.length);
      if (start < stop) hash.update(chunk.subarray(start, stop));
      at += chunk.length;
    }
    return endDigest(hash);
  }
}
