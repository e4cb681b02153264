import { gateFingerprint, readLocks, topologyFingerprint } from '@reelsync/core';
import { aServer, first, second } from '../support/listings';

type Gate = Parameters<typeof gateFingerprint>[0];

const gate: Gate = {
  schema: 1,
  providers: [
    { server: first, digest: 'a', serverHash: 'h' },
    { server: second, digest: 'b' },
  ],
  locks: { posterURL: true },
};

describe('gateFingerprint (CD-3)', () => {
  const [one, two] = gate.providers;
  test.each<[string, Partial<Gate>]>([
    ['another schema version (B-24)', { schema: 2 }],
    ['a lock more (B-43)', { locks: { posterURL: true, metadata: { overview: true } } }],
    ['unlocked (B-43)', { locks: undefined }],
    ['a lock elsewhere', { locks: { logo: true } }],
    ['a deeper lock', { locks: { posterURL: { a: true } } }],
    ['another digest', { providers: [one!, { ...two!, digest: 'c' }] }],
    ['another server hash', { providers: [{ ...one!, serverHash: 'i' }, two!] }],
    ['another order of precedence (AV-5)', { providers: [two!, one!] }],
    ['a provider less (AV-5)', { providers: [one!] }],
    ['another host (B-34)', { providers: [{ ...one!, server: aServer({ baseUrl: 'https://x' }) }, two!] }],
    ['another prefix (B-34)', { providers: [{ ...one!, server: aServer({ prefix: '/x' }) }, two!] }],
    ['parents (B-3)', { parents: ['id', 'Another Title'] }],
  ])('re-opens: %s', (_name, change) => {
    expect(gateFingerprint({ ...gate, ...change })).not.toBe(gateFingerprint(gate));
  });

  test.each<[string, Partial<Gate>]>([
    ['order of lock keys', { locks: { posterURL: true } }],
    [
      'API address and concurrency',
      { providers: [{ ...one!, server: aServer({ nodeUrl: 'x', concurrency: 9 }) }, two!] },
    ],
  ])('does not move: %s', (_name, change) => {
    expect(gateFingerprint({ ...gate, ...change })).toBe(gateFingerprint(gate));
  });

  test.each([undefined, {}, { title: false }, { metadata: { overview: {} } }])('%j is no lock', (locks) => {
    expect(gateFingerprint({ ...gate, locks })).toBe(gateFingerprint({ ...gate, locks: undefined }));
  });
});

describe('topologyFingerprint (AV-5)', () => {
  test('moves with the set of servers, their order and their addresses', () => {
    const fingerprints = [
      [first, second],
      [second, first],
      [first],
      [],
      [aServer({ baseUrl: 'https://x' }), second],
      [aServer({ prefix: '/x' }), second],
      [aServer({ id: 'x' }), second],
    ].map((servers) => topologyFingerprint(servers, 1));
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });

  test('moves with the schema version (B-24)', () => {
    expect(topologyFingerprint([first], 2)).not.toBe(topologyFingerprint([first], 1));
  });
});

test.each([[undefined], [null], ['text'], [true], [['title']], [new Date()]])(
  'readLocks(%j) is no lock',
  (value) => {
    expect(readLocks(value)).toBeUndefined();
  },
);
