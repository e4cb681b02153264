import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TitleSource } from '../library/title-store';

/** A consistent state of a document. Buffers are never changed, so a slow reader keeps the state it began with. */
export interface Snapshot {
  /** Members `"title":value`, separated by commas, in pieces. */
  readonly members: readonly Buffer[];
  /** Digest of all members. */
  readonly digest: string;
}

interface Segment {
  readonly titles: Set<string>;
  /** Null when a title in it changed since it was rendered. */
  body: Buffer | null;
  digest: string;
}

const SEGMENT_TITLES = 256;
/** Rendering yields to other requests this often. */
const SEGMENTS_PER_TURN = 4;
const INTEGER_KEY = /^(?:0|[1-9]\d{0,9})$/;
const COMMA = Buffer.from(',');

/**
 * The members of a large JSON object, one per title, rendered in segments: a changed title costs one segment, not the
 * document. Integer-like titles come first and in numeric order, as in every object that JavaScript prints.
 */
export class SegmentedDocument {
  private readonly integers: Segment = newSegment();
  private readonly segments: Segment[] = [];
  private readonly home = new Map<string, Segment>();
  private readonly unsubscribe: () => void;
  private current: Snapshot | null = null;

  /** `render` gives the JSON text of a title's value, or null for a title that has no member. */
  constructor(
    private readonly source: TitleSource,
    private readonly render: (title: string) => string | null,
  ) {
    for (const title of source.titles()) this.place(title).titles.add(title);
    this.unsubscribe = source.subscribe((title) => this.refresh(title));
  }

  close(): void {
    this.unsubscribe();
  }

  async snapshot(): Promise<Snapshot> {
    let rendered = 0;
    // A title may change while others are rendered, so look again until nothing is stale.
    for (let stale = this.firstStale(); stale; stale = this.firstStale()) {
      this.renderSegment(stale);
      rendered += 1;
      if (rendered % SEGMENTS_PER_TURN === 0) await nextTurn();
    }
    this.current ??= this.assemble();
    return this.current;
  }

  private firstStale(): Segment | undefined {
    if (this.current) return undefined;
    return this.integers.body === null
      ? this.integers
      : this.segments.find((segment) => segment.body === null);
  }

  private refresh(title: string): void {
    this.current = null;
    const segment = this.home.get(title) ?? this.place(title);
    segment.body = null;
    if (this.source.has(title)) {
      segment.titles.add(title);
    } else {
      segment.titles.delete(title);
      this.home.delete(title);
    }
  }

  private place(title: string): Segment {
    let segment = INTEGER_KEY.test(title) ? this.integers : this.segments.at(-1);
    if (!segment || (segment !== this.integers && segment.titles.size >= SEGMENT_TITLES)) {
      segment = newSegment();
      this.segments.push(segment);
    }
    this.home.set(title, segment);
    return segment;
  }

  private renderSegment(segment: Segment): void {
    const titles = [...segment.titles];
    if (segment === this.integers) titles.sort((left, right) => Number(left) - Number(right));
    const members: string[] = [];
    for (const title of titles) {
      const value = this.render(title);
      // Written as text: assigning `__proto__` to an object would lose it.
      if (value !== null) members.push(`${JSON.stringify(title)}:${value}`);
    }
    segment.body = Buffer.from(members.join(','));
    segment.digest = createHash('sha1').update(segment.body).digest('hex');
  }

  private assemble(): Snapshot {
    const members: Buffer[] = [];
    const digest = createHash('sha1');
    for (const segment of [this.integers, ...this.segments]) {
      if (!segment.body || segment.body.length === 0) continue;
      if (members.length > 0) members.push(COMMA);
      members.push(segment.body);
      digest.update(segment.digest);
    }
    return { members, digest: digest.digest('base64') };
  }
}

function newSegment(): Segment {
  return { titles: new Set(), body: null, digest: '' };
}
