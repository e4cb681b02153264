import fc from 'fast-check';
import { toListingItem, withTitle, type ListingItem } from '../src/listing/listing-items';
import { fixture } from './support/harness';
import { MemberCutter, type CutFailure } from '../src/listing/member-cutter';

interface Cut {
  readonly items: ListingItem<unknown>[];
  readonly failure: CutFailure | undefined;
}

function cut(document: string | Buffer, chunkSizes: readonly number[] = [], maxBytes = 1_000_000): Cut {
  const cutter = new MemberCutter({ maxMemberBytes: maxBytes });
  const bytes = Buffer.from(document);
  const items: ListingItem<unknown>[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = chunkSizes.length === 0 ? bytes.length : chunkSizes[turn % chunkSizes.length]!;
    for (const member of cutter.push(bytes.subarray(at, at + size))) {
      const item = toListingItem(withTitle(member), (record) => ({ ok: true, record, problems: [] }));
      if (item !== undefined) items.push(item);
    }
    at += size;
  }
  cutter.finish();
  return { items, failure: cutter.failure };
}

/** Titles and records as JSON.parse sees them. */
function records(items: readonly ListingItem<unknown>[]): [string, unknown][] {
  return items.map((item) => {
    if (!item.ok) throw new Error(item.problem);
    return [item.title, item.record];
  });
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const titles = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '',
    '"',
    '\\',
    '{',
    '}',
    ',',
    '100% Wolf',
    '千と千尋の神隠し',
    'e\u0301',
  ),
);
const documents = fc
  .uniqueArray(fc.tuple(titles, fc.jsonValue({ maxDepth: 4 })), {
    selector: ([title]) => title,
    maxLength: 8,
  })
  .filter((members) => members.every(([title]) => title !== 'version'));

describe('MemberCutter', () => {
  it('finds the same records as JSON.parse, wherever chunks end', () => {
    fc.assert(
      fc.property(documents, chunkSizes, fc.constantFrom(undefined, 1, '\t'), (members, sizes, indent) => {
        const json = stringify(members, indent);
        const result = cut(json, sizes);
        expect(result.failure).toBeUndefined();
        expect(records(result.items)).toEqual(members.map(([title, value]) => [title, roundTrip(value)]));
        expect(new Map(records(result.items))).toEqual(new Map(Object.entries(JSON.parse(json) as object)));
      }),
      { numRuns: 300 },
    );
  });

  it.each(['movies.json', 'tv.json', 'server2.movies.json'])('cuts the recorded listing %s', (name) => {
    const wanted = Object.entries(JSON.parse(fixture(name)) as object).filter(
      ([title]) => title !== 'version',
    );
    for (const sizes of [[1], [1_000, 7], []]) {
      expect(records(cut(fixture(name), sizes).items)).toEqual(wanted);
    }
  });

  it('finds a truncated end at every byte, and gives out the members before it', () => {
    const json = Buffer.from('{ "Amélie \\"2001\\"" : {"a":[1,"]}"]}, "b\\\\": 2 , "c": [] } ');
    const whole = records(cut(json).items);
    expect(whole).toHaveLength(3);
    for (let length = 1; length < json.lastIndexOf('}') + 1; length += 1) {
      const result = cut(json.subarray(0, length), [3]);
      expect(result.failure?.kind).toBe('truncated');
      const found = result.items.filter((item) => item.ok);
      expect(records(found)).toEqual(whole.slice(0, found.length));
    }
  });

  it.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['<!DOCTYPE html><html></html>', 'an HTML or XML page'],
    ['[{"a":1}]', 'an array'],
    ['"text"', 'a single value'],
    ['null', 'a single value'],
    ['-12', 'a single value'],
    ['Internal server error', 'something else'],
    ['{a: 1}', 'a title'],
    ['{"a" 1}', "':' after a title"],
    ['{"a": 1,}', 'a title'],
    ['{"a": 1 "b": 2}{', 'nothing after'],
    ['{"a": 1]', "']'"],
    ['{} {}', 'nothing after the last brace'],
    ['{}]', 'nothing after the last brace'],
  ])('refuses %p as a whole', (document, problem) => {
    for (const sizes of [[1], []]) {
      const { failure } = cut(document, sizes);
      expect(failure).toEqual({ kind: 'invalid', problem: expect.stringContaining(problem) });
    }
  });

  it('gives out the members before the place where the document breaks, wherever chunks end', () => {
    for (const sizes of [[1], [7], []]) {
      const { items, failure } = cut('{"a":{"x":1},"b":{"y":2},oops', sizes);
      expect(items.map((item) => item.title)).toEqual(['a', 'b']);
      expect(failure?.problem).toContain('at byte 25');
    }
  });

  it('reports a broken record and goes on', () => {
    const { items, failure } = cut('{"a":{"x":1},"bad":{"x":,},"none":,"mixed":[1},"\\x":1,"c":{"x":2}}');
    expect(failure).toBeUndefined();
    expect(items.map(({ title, ok }) => [title, ok])).toEqual([
      ['a', true],
      ['bad', false],
      ['none', false],
      ['mixed', false],
      ['\\x', false],
      ['c', true],
    ]);
    expect(items[1]).toMatchObject({ problem: expect.stringContaining('not valid JSON') });
  });

  it('reports a record that is not UTF-8 instead of storing replacement characters', () => {
    const document = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('","b":1}')]);
    expect(cut(document).items).toEqual([
      { title: 'a', ok: false, problem: expect.stringContaining('UTF-8') },
      { title: 'b', ok: true, record: 1, problems: [] },
    ]);
  });

  it('reports a record over the limit without buffering it, and goes on', () => {
    const document = JSON.stringify({ before: 1, big: 'x'.repeat(5_000), after: { n: 2 } });
    for (const sizes of [[64], []]) {
      const { items, failure } = cut(document, sizes, 1_000);
      expect(failure).toBeUndefined();
      expect(items).toEqual([
        { title: 'before', ok: true, record: 1, problems: [] },
        { title: 'big', ok: false, problem: expect.stringContaining('larger than the limit') },
        { title: 'after', ok: true, record: { n: 2 }, problems: [] },
      ]);
    }
  });

  it('drops the version number, and keeps titles called version and __proto__', () => {
    const document = '{"__proto__":{"x":1},"version":{"y":2},"version":1.0001}';
    expect(records(cut(document).items)).toEqual([
      ['__proto__', { x: 1 }],
      ['version', { y: 2 }],
    ]);
  });

  it('passes a title that occurs twice on twice, so that the last one wins', () => {
    expect(records(cut('{"a":1,"a":2}').items)).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
  });

  it('never normalises: composed and decomposed forms are two titles', () => {
    const found = records(cut('{"\u00e9":1,"e\u0301":2}').items);
    expect(found.map(([title]) => title)).toEqual(['\u00e9', 'e\u0301']);
  });

  it('skips a byte order mark', () => {
    expect(records(cut(Buffer.from('\uFEFF{"a":1}'), [1]).items)).toEqual([['a', 1]]);
  });
});

/** Unlike JSON.stringify of an object: keeps the order, and `__proto__` as a member. */
function stringify(members: readonly [string, unknown][], indent: number | string | undefined): string {
  const separator = indent === undefined ? '' : '\n ';
  const body = members.map(
    ([title, value]) => `${JSON.stringify(title)}:${separator}${JSON.stringify(value, null, indent)}`,
  );
  return `{${separator}${body.join(`${separator},`)}${separator}}`;
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
