import { z } from 'zod';
import { decodeJson, type TitledMember } from '../listing/listing-items';
import { TitleHashTable, type TitleHash } from './title-hash-table';
import { SegmentCutter, type DocumentSegment } from '../listing/segment-cutter';
import type { SegmentMark } from '../listing/segment-mark';

const entrySchema = z.object({ hash: z.string().min(1), contentHash: z.string().min(1).nullish() });
/** An entry has four short values; a longer one is of another shape. */
const MAX_ENTRY_BYTES = 64 * 1024;

/** Neighbouring entries of a hash map: known and unchanged, or read. */
type HashSegment<K extends SegmentMark> = { readonly kind: 'known'; readonly known: K } | ReadHashSegment;

interface ReadHashSegment {
  readonly kind: 'read';
  /** How many, with a hash or without. */
  readonly titles: number;
  /** JSON of the titles that have a hash: as strings they would weigh more than the hashes. */
  readonly hashed: string;
  readonly mark?: SegmentMark;
}

/** The titles with a hash. */
export function hashedTitlesIn({ hashed }: ReadHashSegment): readonly string[] {
  return z.array(z.string()).parse(JSON.parse(hashed));
}

/** A bulk hash map, or what of it was not known. */
export interface TitleHashMap<K extends SegmentMark = SegmentMark> {
  /** Of a title in a segment that was read. */
  readonly get: (title: string) => TitleHash | undefined;
  readonly segments: readonly HashSegment<K>[];
}

/**
 * Reads a bulk hash map (contract §5.1) piece by piece: as a whole it would be the largest thing in memory. Entries without
 * a hash (generation failed) or of another shape are left out.
 */
export class TitleHashReader<K extends SegmentMark> implements TitleHashMap<K> {
  private readonly table = new TitleHashTable();
  readonly segments: HashSegment<K>[] = [];
  private readonly cutter: SegmentCutter<K>;

  constructor(known: Iterable<K>) {
    this.cutter = new SegmentCutter({ maxMemberBytes: MAX_ENTRY_BYTES, inside: 'titles', known });
  }

  readonly get = (title: string): TitleHash | undefined => this.table.get(title);

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
    const hashed = JSON.stringify(members.flatMap((member) => this.read(member) ?? []));
    this.segments.push({
      kind: 'read',
      titles: members.length,
      hashed,
      ...(mark === undefined ? {} : { mark }),
    });
  }

  /** Returns the title, if it has a hash. */
  private read({ title, value }: TitledMember): string | undefined {
    const raw = value === undefined ? undefined : decodeJson(value);
    if (title === undefined || raw?.ok !== true) return undefined;
    const entry = entrySchema.safeParse(raw.value);
    if (!entry.success) return undefined;
    const { hash, contentHash } = entry.data;
    this.table.set(title, contentHash == null ? { hash } : { hash, contentHash });
    return title;
  }
}
