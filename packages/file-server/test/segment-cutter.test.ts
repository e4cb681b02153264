import fc from 'fast-check';
import { SegmentCutter, type DocumentSegment } from '../src/listing/segment-cutter';
import type { SegmentMark } from '../src/listing/segment-mark';

type Member = readonly [title: string, value: unknown];

/** A segment of an earlier state, with what it held, to be compared with. */
interface Remembered extends SegmentMark {
  readonly members: readonly Member[];
}

interface Options {
  readonly known?: readonly Remembered[];
  readonly sizes?: readonly number[];
  readonly maxMemberBytes?: number;
  readonly inside?: string;
}

function cut(document: string | Buffer, options: Options = {}) {
  const { known = [], sizes = [], maxMemberBytes = 1_000_000, inside } = options;
  const cutter = new SegmentCutter({ maxMemberBytes, known, ...(inside === undefined ? {} : { inside }) });
  const bytes = Buffer.from(document);
  const segments: DocumentSegment<Remembered>[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : sizes[turn % sizes.length]!;
    segments.push(...cutter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  segments.push(...cutter.finish());
  return { segments, failure: cutter.failure };
}

function membersOf(segment: DocumentSegment<Remembered>): readonly Member[] {
  if (segment.kind === 'known') return segment.known.members;
  return segment.members.map(({ title, value }) => [title ?? '', JSON.parse(value?.toString() ?? 'null')]);
}

function remember(segments: readonly DocumentSegment<Remembered>[]): Remembered[] {
  return segments.flatMap((segment) => {
    if (segment.kind === 'known') return [segment.known];
    return segment.mark === undefined ? [] : [{ ...segment.mark, members: membersOf(segment) }];
  });
}

const allMembers = (segments: readonly DocumentSegment<Remembered>[]) => segments.flatMap(membersOf);
const readMembers = (segments: readonly DocumentSegment<Remembered>[]) =>
  segments.filter(({ kind }) => kind === 'read').flatMap(membersOf);

/** Unlike JSON.stringify of an object: keeps the order, and a title that occurs twice. */
function toJson(members: readonly Member[], space = ''): string {
  return `{${members.map(([title, value]) => `${space}${JSON.stringify(title)}:${space}${JSON.stringify(value)}${space}`).join(',')}}`;
}

const LIBRARY: readonly Member[] = Array.from({ length: 1000 }, (_, index) => [
  `Film ${index}`,
  { poster: `{"poster" ${index}},`, index },
]);
const before = cut(toJson(LIBRARY));
const known = remember(before.segments);

describe('SegmentCutter', () => {
  it('holds every member once, in order; an unchanged document is passed over, wherever chunks end', () => {
    expect(allMembers(before.segments)).toEqual(LIBRARY);
    expect(before.segments.length).toBeGreaterThan(5);
    for (const sizes of [[3], [7, 4000], []]) {
      const again = cut(toJson(LIBRARY), { known, sizes });
      expect(again.failure).toBeUndefined();
      expect(again.segments.map(({ kind }) => kind)).toEqual(known.map(() => 'known'));
    }
  });

  it('a member that is new, gone or different costs its own segment and hardly another', () => {
    const change = fc.record({
      at: fc.nat(LIBRARY.length - 1),
      kind: fc.constantFrom('new', 'gone', 'different'),
      title: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(change, ({ at, kind, title }) => {
        const changed = [...LIBRARY];
        if (kind === 'new') changed.splice(at, 0, [`New ${title}`, title]);
        else if (kind === 'gone') changed.splice(at, 1);
        else changed[at] = [`Film ${at}`, `another ${title}`];
        const { segments } = cut(toJson(changed), { known });
        expect(allMembers(segments)).toEqual(changed);
        const largest = Math.max(...known.map(({ members }) => members.length));
        expect(readMembers(segments).length).toBeLessThanOrEqual(2 * largest + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('any later state is what a cutting of the whole finds, wherever chunks end', () => {
    const titles = [...Array.from({ length: 12 }, (_, n) => `T${n}`), '"', '},"', '\\'];
    const values = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.constantFrom('},"T1":', '"'));
    const state = fc.record({
      members: fc.array(fc.tuple(fc.constantFrom(...titles), values), { maxLength: 20 }),
      // A known name ends the segment before it, whatever is known of it.
      ends: fc.subarray(titles),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
    let passedOver = 0;
    fc.assert(
      fc.property(
        fc.array(state, { minLength: 2, maxLength: 4 }),
        sizes,
        fc.constantFrom('', ' ', '\n\t'),
        (states, chunkSizes, space) => {
          let remembered: Remembered[] = [];
          for (const { members, ends } of states) {
            // Each state has what was known in front, in another order at times.
            const kept = remembered.slice(0, 3).reverse();
            const json = toJson([...kept.flatMap((segment) => segment.members), ...members], space);
            const { segments, failure } = cut(json, { known: remembered, sizes: chunkSizes });
            expect(failure).toBeUndefined();
            expect(JSON.stringify(allMembers(segments))).toBe(JSON.stringify(allMembers(cut(json).segments)));
            passedOver += segments.filter(({ kind }) => kind === 'known').length;
            const unlike = ends.map((title) => ({
              ...{ first: JSON.stringify(title), bytes: 1, digest: '', members: [] },
            }));
            remembered = remember(cut(json, { known: unlike }).segments);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(passedOver).toBeGreaterThan(100);
  });

  it('a segment that occurs twice is read the second time, so that somebody sees its titles', () => {
    const first = toJson(LIBRARY.slice(0, 500));
    const { segments } = cut(first);
    const twice = cut(`${first.slice(0, -1)},${first.slice(1)}`, { known: remember(segments) });
    expect(readMembers(twice.segments).length).toBeGreaterThanOrEqual(500);
    expect(allMembers(twice.segments)).toHaveLength(1000);
  });

  it('a listing of nothing but the first name of a segment is read to its end (each name is tried once, or it would take hours)', () => {
    const wanted = { first: '"F"', bytes: 4e6, digest: 'never', members: [] };
    const repeated = Array.from({ length: 100_000 }, (): Member => ['F', 1]);
    const { segments, failure } = cut(toJson(repeated), { known: [wanted], sizes: [65_536] });
    expect(failure).toBeUndefined();
    expect(allMembers(segments)).toHaveLength(repeated.length);
  });

  it('a stretch that came in very many pieces and is not the known one is read', () => {
    const json = toJson([['F', 'x'.repeat(100_000)]]);
    const [mark] = remember(cut(json).segments);
    const { segments } = cut(json, { known: [{ ...mark!, digest: 'other' }], sizes: [1] });
    expect(allMembers(segments)).toEqual([['F', 'x'.repeat(100_000)]]);
  });

  it('a last member that goes on behind the known bytes is not the known one', () => {
    const short = cut('{"a":12}');
    const segments = remember(short.segments);
    expect(allMembers(cut('{"a":123}', { known: segments }).segments)).toEqual([['a', 123]]);
    expect(cut('{"a":12,"b":1}', { known: segments }).segments.map(({ kind }) => kind)).toEqual(['read']);
    expect(cut('{"a":12} ', { known: segments }).segments.map(({ kind }) => kind)).toEqual(['known']);
  });

  it('a document that breaks off inside a known segment is truncated, its whole members are given out', () => {
    const json = toJson([
      ['a', 1],
      ['b', 2],
    ]);
    const segments = remember(cut(json).segments);
    for (let length = 1; length < json.length; length += 1)
      for (const sizes of [[1], []]) {
        const { failure } = cut(json.slice(0, length), { known: segments, sizes });
        expect(failure).toEqual({
          kind: 'truncated',
          problem: expect.stringContaining(`after ${length} bytes`),
        });
      }
    expect(allMembers(cut(json.slice(0, -1), { known: segments }).segments)).toEqual([['a', 1]]);
  });

  it('reports the place of a break behind known segments', () => {
    const json = toJson(LIBRARY);
    const { failure } = cut(`${json}]`, { known, sizes: [1000] });
    expect(failure?.problem).toContain(`at byte ${json.length} `);
  });

  it('a member over the limit is not held, and its segment not recognised; others are', () => {
    const members: Member[] = [['big', 'x'.repeat(5_000_000)], ...LIBRARY];
    const json = toJson(members);
    const { segments } = cut(json, { maxMemberBytes: 1_000, sizes: [65_536] });
    const [first] = segments;
    expect(first).toMatchObject({ kind: 'read' });
    expect(first).not.toHaveProperty('mark');
    expect(segments.filter((segment) => segment.kind === 'read' && segment.mark === undefined)).toHaveLength(
      1,
    );
  });

  it('a name that is not UTF-8 is not the known one that it is decoded to', () => {
    const valid = remember(cut('{"\uFFFD":1}').segments);
    const invalid = Buffer.concat([Buffer.from('{"'), Buffer.from([0xff]), Buffer.from('":1}')]);
    expect(cut(invalid, { known: valid }).segments.map(({ kind }) => kind)).toEqual(['read']);
  });

  it('inside a member: nothing around it counts (contract §5.1, `generated` moves with every answer)', () => {
    const document = (generated: string) =>
      `{"hash":"1","titles":${toJson(LIBRARY)},"generated":${JSON.stringify(generated)}}`;
    const first = cut(document('then'), { inside: 'titles' });
    expect(allMembers(first.segments)).toEqual(LIBRARY);
    const again = cut(document('now'), { inside: 'titles', known: remember(first.segments), sizes: [999] });
    expect(again.failure).toBeUndefined();
    expect(again.segments.every(({ kind }) => kind === 'known')).toBe(true);
  });
});
