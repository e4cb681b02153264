import { DigestMap, DigestSet, textDigest } from '@reelsync/core';
import fc from 'fast-check';

describe('DigestMap', () => {
  test('property: holds what a Map holds, through several growths', () => {
    const entries = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(entries, fc.nat(3000), (some, others) => {
        const map = new DigestMap(2);
        const expected = new Map<string, number>();
        const all = [...some, ...Array.from({ length: others }, (_, n) => [`other ${n}`, n % 256] as const)];
        for (const [text, value] of all) {
          if (map.set(textDigest(text), Buffer.from([value, 7])) === expected.has(text)) return false;
          expected.set(text, value);
        }
        expect(map.size).toBe(expected.size);
        const found = Array.from(expected.keys(), (text) => [text, map.get(textDigest(text))?.[0]] as const);
        expect(new Map(found)).toEqual(expected);
        for (const text of ['no text of these', 'other -1']) {
          expect(map.has(textDigest(text))).toBe(false);
          expect(map.get(textDigest(text))).toBeUndefined();
        }
        return true;
      }),
      { numRuns: 20 },
    );
  });

  test('digests that want the same slot stay apart, also those that begin with zeros', () => {
    const set = new DigestSet();
    const digest = (first: number, last: number) => {
      const bytes = Buffer.alloc(32);
      bytes.writeUInt32LE(first, 0);
      bytes[15] = last;
      return bytes;
    };
    const all = [0, 1, 1024, 2048].flatMap((first) => [digest(first, 1), digest(first, 2)]);
    const added = all.map((one) => set.add(one));
    // A first word of zero is taken for one.
    expect(added).toEqual([true, true, false, false, true, true, true, true]);
    expect(all.every((one) => set.has(one))).toBe(true);
    expect(set.has(digest(4096, 1))).toBe(false);
  });
});
