import type { ListingMember } from '@reelsync/file-server';
import fc from 'fast-check';
import { inSegments, type ListingSegment } from '../src/scan/listing-segments';
import { ListingServer } from './support/listing-server';
import { useSampleWorlds } from './support/sample-world';
import { useTvWorlds } from './support/tv-world';
import { outcomes, World } from './support/world';

function memberOf(title: string, value: string): ListingMember {
  return { name: Buffer.from(JSON.stringify(title)), value: Buffer.from(JSON.stringify(value)) };
}

async function segmentsOf(members: readonly ListingMember[]): Promise<ListingSegment[]> {
  const segments: ListingSegment[] = [];
  for await (const segment of inSegments(members, () => '')) segments.push(segment);
  return segments;
}

const digestsOf = (segments: readonly ListingSegment[]) => new Set(segments.map(({ digest }) => digest));
const members = Array.from({ length: 5000 }, (_, index) => memberOf(`Film ${index}`, `record ${index}`));

describe('segments of a listing', () => {
  test('hold every member once, in order', async () => {
    const segments = await segmentsOf(members);
    expect(segments.flatMap((segment) => segment.members)).toEqual(members);
    expect(segments.length).toBeGreaterThan(10);
  });

  test('a member that is new, gone or different changes its own segment and no other', async () => {
    const before = digestsOf(await segmentsOf(members));
    const change = fc.record({
      at: fc.nat(members.length - 1),
      kind: fc.constantFrom('new', 'gone', 'different'),
    });
    await fc.assert(
      fc.asyncProperty(change, fc.string(), async ({ at, kind }, title) => {
        const changed = [...members];
        if (kind === 'new') changed.splice(at, 0, memberOf(`New ${title}`, 'record'));
        else if (kind === 'gone') changed.splice(at, 1);
        else changed[at] = memberOf(`Film ${at}`, `another ${title}`);
        const fresh = [...digestsOf(await segmentsOf(changed))].filter((digest) => !before.has(digest));
        // Two when the new title ends a segment, one or none when the one that ended it is gone.
        expect(fresh.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });

  test('the hash beside a member counts as part of it', async () => {
    const members = [memberOf('Film', 'record')];
    const digests: string[] = [];
    for (const hash of ['', 'a', 'b'])
      for await (const { digest } of inSegments(members, () => hash)) digests.push(digest);
    expect(new Set(digests).size).toBe(3);
  });
});

async function endsSegment(title: string): Promise<boolean> {
  return (await segmentsOf([memberOf(title, ''), memberOf('Next', '')])).length === 2;
}

describe('a changed listing', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  const startWithAnyText = async () => {
    const server = await ListingServer.start();
    const world = await World.create({ servers: [server.configured], tv: true, indexes: false });
    ends.push(
      () => world.dispose(),
      () => server.close(),
    );
    return { world, server };
  };
  const start = useSampleWorlds();
  const startTv = useTvWorlds();
  afterEach(() => jest.restoreAllMocks());

  test('costs look-ups for the segment of the change only, and the inventory is that of a full comparison', async () => {
    const { world, alpha, beta, expectCatalogueWithHistory } = await start({ library: { titles: 300 } });
    await world.scan();
    const lookUps = jest.spyOn(world.database.inventory, 'findDigests');
    const streams = jest.spyOn(world.database.inventory, 'streamPresent');
    alpha.library.replacePoster('The Matrix Reloaded (2003)');
    expect(outcomes(await world.scan())).toEqual({ 'The Matrix Reloaded (2003)': 'updated' });
    const looked = lookUps.mock.calls.reduce((sum, [, units]) => sum + units.length, 0);
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThan(alpha.library.movies.size);
    expect(streams).not.toHaveBeenCalled();
    alpha.library.removeMovie('Twin Title (1990)');
    beta.library.addMovie('A New One (2020)');
    const { servers } = await world.scan();
    expect(servers.get('alpha')).toMatchObject({ changed: 0, vanished: 1 });
    expect(servers.get('beta')).toMatchObject({ changed: 1, vanished: 0 });
    await expectCatalogueWithHistory();
    const full = await world.scan({ full: true });
    expect(new Set(full.units.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged', 'skipped']));
    expect(full.servers.get('alpha')).toMatchObject({ changed: 0, vanished: 0 });
  }, 120_000);

  test('of shows: seasons and episodes of a segment that is as it was count as present', async () => {
    const { world, alpha, expectTv } = await startTv({ shows: 30 });
    await world.scan();
    const streams = jest.spyOn(world.database.inventory, 'streamPresent');
    alpha.library.replaceSeasonPoster('Breaking Point', 'Season 2');
    await world.scan();
    await expectTv();
    expect(streams).not.toHaveBeenCalled();
    alpha.library.removeShow('Breaking Point');
    expect((await world.scan()).servers.get('alpha')?.vanished).toBeGreaterThan(2);
  }, 120_000);

  test('a title that is listed twice, in a segment that is passed over and in a new one, hides no vanished title', async () => {
    const { world, server } = await startWithAnyText();
    // One whose name ends a segment.
    const names = Array.from({ length: 2000 }, (_, index) => `Show ${index}`);
    const marks = await Promise.all(names.map(endsSegment));
    const end = names[marks.indexOf(true)] ?? '';
    const listing = (...titles: string[]) =>
      `{${titles.map((title) => `"${title}":{"seasons":{}}`).join(',')}}`;
    server.text = listing('Gone', end, 'Twice', 'Other');
    await world.scan();
    server.text = listing('Twice', end, 'Twice', 'Other');
    expect((await world.scan()).servers.get(server.configured.id)).toMatchObject({
      vanished: 1,
      problemCount: 1,
    });
    const [entry] = await world.database.inventory.load({ kind: 'show', title: 'Gone' });
    expect(entry).toHaveProperty('missingSince');
  });

  test('whose changes were stored in part is compared as a whole afterwards, also when it returns to what it was', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const { inventory, listings } = world.database;
    const store = jest.spyOn(inventory, 'applyChanges').mockRejectedValueOnce(new Error('killed'));
    alpha.library.replacePoster('The Matrix Reloaded (2003)');
    await expect(world.scan()).rejects.toThrow('killed');
    store.mockRestore();
    expect((await listings.load('alpha', 'movies'))?.etag).toBeUndefined();
    await world.units.drain();
    expect(outcomes(await world.scan())).toEqual({ 'The Matrix Reloaded (2003)': 'updated' });
    await expectCatalogue();
  });
});
