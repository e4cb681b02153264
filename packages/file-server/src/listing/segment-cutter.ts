import { hash } from 'node:crypto';
import { KnownStretch } from './known-stretch';
import { withTitle, type TitledMember } from './listing-items';
import { MemberCutter, type CutFailure, type CutMember } from './member-cutter';
import { RawBytes } from './raw-bytes';
import type { SegmentMark } from './segment-mark';

/** One title in so many ends a segment. */
const TITLES_PER_SEGMENT = 128;
const MAX_TITLES = 1024;
const MAX_BYTES = 4 * 1024 * 1024;

export type DocumentSegment<K extends SegmentMark = SegmentMark> =
  /** Byte for byte the segment that was known by this. */
  | { readonly kind: 'known'; readonly known: K }
  /** No mark: it is too large to be recognised. */
  | { readonly kind: 'read'; readonly members: readonly TitledMember[]; readonly mark?: SegmentMark };

export interface SegmentCutterOptions<K extends SegmentMark> {
  readonly maxMemberBytes: number;
  /** See MemberCutter. */
  readonly inside?: string;
  readonly known: Iterable<K>;
}

/**
 * Cuts a document into segments of neighbouring members. Where the first name of a known segment stands, the bytes behind
 * it are compared as a whole; if they are the same, nothing in them is looked at, so what is unchanged costs a digest. The
 * names decide where other segments end, so that a member that is new or gone changes its own segment and no other.
 */
export class SegmentCutter<K extends SegmentMark> {
  private readonly cutter: MemberCutter;
  /** Those whose first name has not come yet, by that name. Each is tried once: one that is repeated is read. */
  private readonly known: Map<string, K>;
  private readonly raw: RawBytes;
  private stretch: KnownStretch<K> | undefined;
  private members: CutMember[] = [];
  private size = 0;

  constructor({ maxMemberBytes, inside, known }: SegmentCutterOptions<K>) {
    this.known = new Map(Array.from(known, (segment) => [segment.first, segment]));
    this.raw = new RawBytes(maxMemberBytes + MAX_BYTES);
    this.cutter = new MemberCutter({
      maxMemberBytes,
      ...(inside === undefined ? {} : { inside }),
      pauseBehind: (name) => this.known.has(name.toString()),
    });
  }

  get failure(): CutFailure | undefined {
    return this.cutter.failure;
  }

  /** The segments that this chunk completes. */
  push(chunk: Buffer): DocumentSegment<K>[] {
    const segments: DocumentSegment<K>[] = [];
    this.take([chunk], segments);
    return segments;
  }

  /** To be called after the last chunk. */
  finish(): DocumentSegment<K>[] {
    const segments: DocumentSegment<K>[] = [];
    while (this.stretch !== undefined) this.take(this.leaveStretch(), segments);
    this.cutter.finish();
    this.endSegment(segments);
    return segments;
  }

  private take(chunks: readonly Buffer[], segments: DocumentSegment<K>[]): void {
    // The next one last: a stretch may have come in very many pieces.
    const waiting = chunks.toReversed();
    for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
      if (chunk.length === 0 || this.failure !== undefined) continue;
      const rest =
        this.stretch === undefined
          ? [this.cut(chunk, segments)]
          : this.compare(this.stretch, chunk, segments);
      for (const piece of rest.toReversed()) waiting.push(piece);
    }
  }

  /** Returns what it has not read because a known segment may begin. */
  private cut(chunk: Buffer, segments: DocumentSegment<K>[]): Buffer {
    const before = this.cutter.position;
    const members = this.cutter.push(chunk);
    const consumed = this.cutter.position - before;
    this.raw.add(chunk.subarray(0, consumed));
    for (const member of members) this.addMember(member, segments);
    const { pausedName } = this.cutter;
    const known = pausedName === undefined ? undefined : this.known.get(pausedName.toString());
    if (pausedName !== undefined && known !== undefined) {
      this.endSegment(segments);
      this.known.delete(known.first);
      this.stretch = new KnownStretch(known, pausedName);
    }
    return chunk.subarray(consumed);
  }

  /** Returns what is to be read next: what follows, and before it what turned out to be something else. */
  private compare(
    stretch: KnownStretch<K>,
    chunk: Buffer,
    segments: DocumentSegment<K>[],
  ): readonly Buffer[] {
    const rest = stretch.add(chunk);
    if (!stretch.isComplete) return [];
    if (!stretch.isSame()) return [...this.leaveStretch(), rest];
    const { known, terminator } = stretch;
    this.stretch = undefined;
    this.raw.passOver(known.bytes);
    this.cutter.passOver(known.bytes, terminator);
    segments.push({ kind: 'known', known });
    return [rest];
  }

  private leaveStretch(): readonly Buffer[] {
    const held = this.stretch?.held ?? [];
    this.stretch = undefined;
    return held;
  }

  private addMember(member: CutMember, segments: DocumentSegment<K>[]): void {
    this.members.push(member);
    this.size += member.name.length + (member.value?.length ?? 0);
    const isFull = this.members.length >= MAX_TITLES || this.size >= MAX_BYTES;
    if (isFull || endsSegment(member)) this.endSegment(segments);
  }

  private endSegment(segments: DocumentSegment<K>[]): void {
    const { members } = this;
    const [first, last] = [members[0], members.at(-1)];
    if (first === undefined || last === undefined) return;
    const digest = this.raw.digest(first.name, first.nameEnd, last.end);
    const mark =
      digest === undefined
        ? {}
        : { mark: { first: first.name.toString(), bytes: last.end - first.nameEnd, digest } };
    segments.push({ kind: 'read', members: members.map(withTitle), ...mark });
    this.raw.dropBefore(last.end);
    this.members = [];
    this.size = 0;
  }
}

function endsSegment({ name }: CutMember): boolean {
  return hash('sha1', name, 'buffer').readUInt16BE(0) % TITLES_PER_SEGMENT === 0;
}
