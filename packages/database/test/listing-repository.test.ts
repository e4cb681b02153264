import { ListingRepository } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

let listings: ListingRepository;
beforeEach(async () => {
  await database.state.collection('listings').deleteMany({});
  listings = new ListingRepository(database.state);
});

it('remembers the last complete listing per server and kind', async () => {
  await expect(listings.load('s1', 'movies')).resolves.toBeNull();
  await listings.saveComplete(
    's1',
    'movies',
    {
      etag: '"e1"',
      recordsVersion: 1,
      titleCount: 7,
      recordCount: 9,
      completedAt: at(0),
    },
    null,
  );
  await listings.saveTopology('movies', 't1');
  await expect(listings.load('s1', 'movies')).resolves.toEqual({
    id: 's1/movies',
    serverId: 's1',
    kind: 'movies',
    checkedAt: at(0),
    etag: '"e1"',
    recordsVersion: 1,
    topology: 't1',
    titleCount: 7,
    recordCount: 9,
    completedAt: at(0),
    lastAttempt: { at: at(0), status: 'changed' },
  });
  await listings.saveComplete(
    's1',
    'movies',
    { recordsVersion: 1, titleCount: 8, recordCount: 8, completedAt: at(1) },
    { completedAt: at(0) },
  );
  const stored = await listings.load('s1', 'movies');
  expect(stored).toMatchObject({ topology: 't1', recordsVersion: 1, titleCount: 8 });
  // A validator that does not belong to this listing would make the next change invisible.
  expect(stored).not.toHaveProperty('etag');
});

it('lists all servers of a kind and notes their topology', async () => {
  await listings.saveComplete(
    's2',
    'movies',
    { recordsVersion: 1, titleCount: 1, recordCount: 1, completedAt: at(0) },
    null,
  );
  await listings.recordAttempt('s1', 'movies', {
    at: at(0),
    status: 'failed',
    code: 'SERVER_UNREACHABLE',
    message: 'm',
  });
  await listings.saveComplete(
    's1',
    'tv',
    { recordsVersion: 1, titleCount: 1, recordCount: 1, completedAt: at(0) },
    null,
  );
  await listings.saveTopology('movies', 't2');
  await expect(listings.loadAll('movies')).resolves.toMatchObject([
    {
      serverId: 's1',
      topology: 't2',
      lastAttempt: { status: 'failed', code: 'SERVER_UNREACHABLE', message: 'm' },
    },
    { serverId: 's2', topology: 't2' },
  ]);
  await expect(listings.load('s1', 'tv')).resolves.not.toHaveProperty('topology');
  await expect(listings.load('s1', 'movies')).resolves.not.toHaveProperty('completedAt');
});

it('a failed attempt keeps what is known; an unchanged one writes nothing', async () => {
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e1"', recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(0) },
    null,
  );
  await listings.recordAttempt('s1', 'movies', { at: at(1), status: 'not-modified' });
  await listings.recordAttempt('s1', 'movies', { at: at(2), status: 'not-modified' });
  await expect(listings.load('s1', 'movies')).resolves.toMatchObject({ lastAttempt: { at: at(1) } });
  await listings.recordAttempt('s1', 'movies', { at: at(3), status: 'failed', code: 'A', message: 'm' });
  await listings.recordAttempt('s1', 'movies', { at: at(4), status: 'failed', code: 'B', message: 'm' });
  await expect(listings.load('s1', 'movies')).resolves.toMatchObject({
    etag: '"e1"',
    titleCount: 7,
    recordCount: 7,
    completedAt: at(0),
    lastAttempt: { at: at(4), code: 'B' },
  });
  await listings.recordAttempt('s1', 'movies', { at: at(5), status: 'not-modified' });
  await expect(listings.load('s1', 'movies')).resolves.toMatchObject({
    lastAttempt: { at: at(5), status: 'not-modified' },
  });
});

it('two scans of one server at once: the later one to end drops the validator, so that all is compared again', async () => {
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e1"', recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(0) },
    null,
  );
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e2"', recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(2) },
    { completedAt: at(0) },
  );
  await expect(listings.load('s1', 'movies')).resolves.toMatchObject({ etag: '"e2"' });
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e3"', recordsVersion: 1, titleCount: 8, recordCount: 8, completedAt: at(3) },
    { completedAt: at(0) },
  );
  const mixed = await listings.load('s1', 'movies');
  expect(mixed).toMatchObject({ recordsVersion: 1, titleCount: 8, recordCount: 8, completedAt: at(3) });
  expect(mixed).not.toHaveProperty('etag');
});

it('two first scans at once do the same', async () => {
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e1"', recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(0) },
    null,
  );
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e2"', recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(1) },
    null,
  );
  await expect(listings.load('s1', 'movies')).resolves.not.toHaveProperty('etag');
});

it('tells when the server said last that nothing has changed, and forgets it with the validator', async () => {
  await listings.noteChecked('s1', 'movies', at(1));
  await expect(listings.load('s1', 'movies')).resolves.toBeNull();
  await listings.saveComplete(
    's1',
    'movies',
    { etag: '"e1"', recordsVersion: 1, titleCount: 1, recordCount: 1, completedAt: at(2) },
    null,
  );
  await listings.noteChecked('s1', 'movies', at(9));
  await listings.noteChecked('s1', 'movies', at(5));
  await expect(listings.load('s1', 'movies')).resolves.toMatchObject({ checkedAt: at(9), etag: '"e1"' });
  await listings.dropValidator('s1', 'movies');
  const state = await listings.load('s1', 'movies');
  expect([state?.etag, state?.checkedAt, state?.completedAt]).toEqual([undefined, undefined, at(2)]);
});

it('forgets the validator and nothing else, so that the next request reads the listing whole', async () => {
  const listing = { etag: '"e1"', recordsVersion: 1, titleCount: 7, recordCount: 9, completedAt: at(0) };
  await listings.saveComplete('s1', 'movies', listing, null);
  await listings.saveComplete('s1', 'tv', listing, null);
  await listings.dropValidator('s1', 'movies');
  await listings.dropValidator('s2', 'movies');
  const { etag, ...rest } = listing;
  const stored = await listings.load('s1', 'movies');
  expect(stored).toMatchObject(rest);
  expect(stored).not.toHaveProperty('etag');
  await expect(listings.load('s1', 'tv')).resolves.toMatchObject({ etag });
  await expect(listings.load('s2', 'movies')).resolves.toBeNull();
});

it('no listing vouches for records that were supplied while it was read', async () => {
  const complete = (seconds: number) => ({
    ...{ etag: `"e${seconds}"`, recordsVersion: 1, titleCount: 7, recordCount: 7, completedAt: at(seconds) },
  });
  // Before the first one, while it is read, and after it.
  await listings.noteSupplied('s1', 'movies');
  const before = await listings.load('s1', 'movies');
  expect(before).toMatchObject({ serverId: 's1', kind: 'movies', supplies: 1 });
  await listings.saveComplete('s1', 'movies', complete(1), before);
  const first = await listings.load('s1', 'movies');
  expect(first).toHaveProperty('etag', '"e1"');
  await listings.noteSupplied('s1', 'movies');
  expect(await listings.load('s1', 'movies')).not.toHaveProperty('etag');
  await listings.saveComplete('s1', 'movies', complete(2), first);
  const mixed = await listings.load('s1', 'movies');
  expect(mixed).toMatchObject({ completedAt: at(2) });
  expect(mixed).not.toHaveProperty('etag');
  // Nobody may take it for fresh (title requests, watches).
  expect(mixed).not.toHaveProperty('checkedAt');
  await listings.saveComplete('s1', 'movies', complete(3), mixed);
  expect(await listings.load('s1', 'movies')).toHaveProperty('etag', '"e3"');
});
