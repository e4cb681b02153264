import { z } from 'zod';
import { decodeJson, withTitle } from '../listing/listing-items';
import { MemberCutter, type ListingMember } from '../listing/member-cutter';

/** A server's own hash of a title; copied for readers (CD-9), nothing relies on it. */
export interface TitleHash {
  readonly hash: string;
  readonly contentHash?: string;
}

const entrySchema = z.object({ hash: z.string().min(1), contentHash: z.string().min(1).nullish() });
/** An entry has four short values; a longer one is of another shape. */
const MAX_ENTRY_BYTES = 64 * 1024;

/**
 * Reads a bulk hash map (contract §5.1) piece by piece: as a whole it would be the largest thing in memory. Entries without
 * a hash (generation failed) or of another shape are left out.
 */
export class TitleHashReader {
  readonly hashes = new Map<string, TitleHash>();
  private readonly cutter = new MemberCutter(MAX_ENTRY_BYTES, 'titles');

  push(chunk: Buffer): void {
    for (const member of this.cutter.push(chunk)) this.take(member);
  }

  /** To be called after the last chunk. Returns why the document is none of hashes, if so. */
  finish(): string | undefined {
    this.cutter.finish();
    return this.cutter.failure?.problem;
  }

  private take(member: ListingMember): void {
    const { title } = withTitle(member);
    const raw = member.value === undefined ? undefined : decodeJson(member.value);
    if (title === undefined || raw?.ok !== true) return;
    const entry = entrySchema.safeParse(raw.value);
    if (!entry.success) return;
    const { hash, contentHash } = entry.data;
    this.hashes.set(title, contentHash == null ? { hash } : { hash, contentHash });
  }
}
