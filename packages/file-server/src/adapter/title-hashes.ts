import { z } from 'zod';
import { decodeJson, type TitledMember } from '../listing/listing-items';
import { SegmentCutter, type DocumentSegment } from '../listing/segment-cutter';
import type { SegmentMark } from '../listing/segment-mark';

/** A server's own hash of a title; copied for readers (CD-9), nothing relies on it. */
export interface TitleHash {
  readonly hash: string;
  readonly contentHash?: string;
}

const entrySchema = z.object({ hash: z.string().min(1), contentHash: z.string().min(1).nullish() });
/** An entry has four short values; a longer one is of another shape. */
const MAX_ENTRY_BYTES = 64 * 1024;

/** Neighbouring entries of a hash map: known and unchanged, or the titles of those that were read. */
export type HashSegment<K extends SegmentMark = SegmentMark> =
  | { readonly kind: 'known'; readonly known: K }
  | { readonly kind: 'read'; readonly titles: readonly string[]; readonly mark?: SegmentMark };

/** A bulk hash map, or what of it was not known. */
export interface TitleHashMap<K extends SegmentMark = SegmentMark> {
  /** Of the titles in segments that were read. */
  readonly hashes: ReadonlyMap<string, TitleHash>;
  readonly segments: readonly HashSegment<K>[];
}

/**
 * Reads a bulk hash map (contract §5.1) piece by piece: as a whole it would be the largest thing in memory. Entries without
 * a hash (generation failed) or of another shape are left out.
 */
export class TitleHashReader<K extends SegmentMark> implements TitleHashMap<K> {
  readonly hashes = new Map<string, TitleHash>();
  readonly segments: HashSegment<K>[] = [];
  private readonly cutter: SegmentCutter<K>;

  constructor(known: Iterable<K>) {
    this.cutter = new SegmentCutter({ maxMemberBytes: MAX_ENTRY_BYTES, inside: 'titles', known });
  }

  push(chunk: Buffer): void {
    for (const segment of this.cutter.push(chunk)) this.take(segment);
  }

  /** To be called after the last chunk. Returns why the document is none of hashes, if so. */
  finish(): string | undefined {
    for (const segment of this.cutter.finish()) this.take(segment);
    return this.cutter.failure?.problem;
  }

  private take(segment: DocumentSegment<K>): void {
    if (segment.kind === 'known') {
      this.segments.push(segment);
      return;
    }
    const { members, mark } = segment;
    for (const member of members) this.read(member);
    // The titles only: the entries together are as large as the document.
    const titles = members.flatMap(({ title }) => title ?? []);
    this.segments.push({ kind: 'read', titles, ...(mark === undefined ? {} : { mark }) });
  }

  private read({ title, value }: TitledMember): void {
    const raw = value === undefined ? undefined : decodeJson(value);
    if (title === undefined || raw?.ok !== true) return;
    const entry = entrySchema.safeParse(raw.value);
    if (!entry.success) return;
    const { hash, contentHash } = entry.data;
    this.hashes.set(title, contentHash == null ? { hash } : { hash, contentHash });
  }
}
