import { createHash, hash, type Hash } from 'node:crypto';
import type { ListingMember } from '@reelsync/file-server';

/** One title in so many ends a segment. */
const TITLES_PER_SEGMENT = 128;
const MAX_TITLES = 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/** Neighbouring members of a listing. */
export interface ListingSegment<M extends ListingMember = ListingMember> {
  /** Equal digests mean equal members, byte by byte, and equal hashes of the server beside them. */
  readonly digest: string;
  readonly members: readonly M[];
}

/**
 * Cuts a listing into segments that can be recognised in the next one. The titles decide where one ends, so a title that
 * is new or gone changes its own segment and no other. `hashOf`: what else has to be equal for a member to be the same.
 */
export async function* inSegments<M extends ListingMember>(
  members: AsyncIterable<M> | Iterable<M>,
  hashOf: (member: M) => string,
): AsyncGenerator<ListingSegment<M>> {
  let segment = new SegmentInTheMaking<M>();
  for await (const member of members) {
    segment.add(member, hashOf(member));
    if (!segment.isFull && !endsSegment(member)) continue;
    yield segment.done();
    segment = new SegmentInTheMaking<M>();
  }
  if (!segment.isEmpty) yield segment.done();
}

class SegmentInTheMaking<M extends ListingMember> {
  private readonly members: M[] = [];
  private readonly hash: Hash = createHash('sha256');
  private bytes = 0;

  get isEmpty(): boolean {
    return this.members.length === 0;
  }

  get isFull(): boolean {
    return this.members.length >= MAX_TITLES || this.bytes >= MAX_BYTES;
  }

  add(member: M, extra: string): void {
    const { name, value } = member;
    this.members.push(member);
    this.bytes += name.length + (value?.length ?? 0);
    // Names and values are JSON texts, so none of them can run into the next.
    this.hash.update(name);
    if (value !== undefined) this.hash.update(value);
    this.hash.update(extra);
  }

  done(): ListingSegment<M> {
    return { digest: this.hash.digest('hex').slice(0, 32), members: this.members };
  }
}

function endsSegment({ name }: ListingMember): boolean {
  return hash('sha1', name, 'buffer').readUInt16BE(0) % TITLES_PER_SEGMENT === 0;
}
