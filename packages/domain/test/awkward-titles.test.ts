import type { MovieMutation } from '@reelsync/sample-library';
import { useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

type JsonObject = Extract<MovieMutation, { type: 'editMetadata' }>['patch'];

const AWKWARD = [
  '100% Wolf',
  'Fast & Furious #1 - Test',
  'Half%20Encoded',
  '50%25 Off',
  'He Said "Stop" \\ Go?',
  "Ocean's Eleven",
  '$where',
  '__proto__',
  'constructor',
  '1923',
  'Movie v1.5',
  '🎬 Clapper',
  '千と千尋の神隠し',
  'Amélie (2001)'.normalize('NFC'),
  'Amélie (2001)'.normalize('NFD'),
];

describe('awkward names', () => {
  const start = useSampleWorlds();

  test('every awkward title is created, changed, and vanishes like any other; NFC and NFD are two titles', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    const titles = (await world.movies()).map(({ originalTitle }) => originalTitle);
    expect(titles).toEqual(expect.arrayContaining(AWKWARD));
    expect(titles).not.toContain('version');

    const owner = (title: string) => (alpha.library.movies.has(title) ? alpha : beta).library;
    for (const title of AWKWARD) owner(title).editMetadata(title, { title: `New ${title}` });
    expect(outcomes(await world.scan())).toEqual(
      Object.fromEntries(AWKWARD.map((title) => [title, 'updated'])),
    );
    for (const title of AWKWARD) expect((await world.movie(title)).title).toBe(`New ${title}`);
    await expectCatalogue();

    for (const title of AWKWARD) owner(title).removeMovie(title);
    const scan = await world.scan({ acceptShrunken: true });
    expect((scan.servers.get('alpha')?.vanished ?? 0) + (scan.servers.get('beta')?.vanished ?? 0)).toBe(
      AWKWARD.length,
    );
    expect(await world.movies()).toHaveLength(titles.length);
    expect((await world.scan()).planned).toBe(0);
  });

  test("an operator's metadata with __proto__ and dotted keys is stored as it is and pollutes nothing", async () => {
    const { world, alpha } = await start();
    const title = '100% Wolf';
    const odd =
      '{"a.b":1,"plain":2,"nested":{"x.y":{"z.":[1]},"":0},"constructor":"c","__proto__":{"polluted":true}}';
    alpha.library.editMetadata(title, JSON.parse(odd) as JsonObject);
    expect(outcomes(await world.scan())[title]).toBe('created');
    const { metadata } = await world.movie(title);
    expect(metadata).toMatchObject({
      'a.b': 1,
      plain: 2,
      nested: { 'x.y': { 'z.': [1] }, '': 0 },
      constructor: 'c',
    });
    expect({}).not.toHaveProperty('polluted');
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);

    world.takeWrites();
    expect(outcomes(await world.scan({ force: true }))[title]).toBe('unchanged');
    expect(world.takeWrites()).not.toContain('update FlatMovies');
    await world.edit(title, { $set: { lockedFields: { metadata: { plain: true } } } });
    alpha.library.editMetadata(title, { 'a.b': 3, plain: 4 });
    await world.scan();
    expect((await world.movie(title)).metadata).toMatchObject({ 'a.b': 3, plain: 2 });
  });

  test.each<[what: string, patch: JsonObject]>([
    ['a NUL in a key', { 'a\u0000b': 1 }],
    ['a nesting of 300 levels', nested(300)],
  ])('metadata that the database cannot hold (%s) fails this title alone, for good', async (_, patch) => {
    const { world, alpha, expectCatalogue } = await start();
    alpha.library.editMetadata('100% Wolf', patch);
    const scan = await world.scan();
    expect(scan.units.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { title: '100% Wolf', code: 'DOCUMENT_INVALID' },
    ]);
    expect((await world.scan()).planned).toBe(0);
    alpha.library.editMetadata('100% Wolf', Object.fromEntries(Object.keys(patch).map((key) => [key, 0])));
    alpha.library.removeAsset('100% Wolf', 'metadata');
    await world.scan();
    await expectCatalogue();
  });
});

function nested(levels: number): JsonObject {
  let deep: JsonObject = {};
  for (let level = 0; level < levels; level += 1) deep = { deep };
  return deep;
}
