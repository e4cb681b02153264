import { movieFields, type MovieRecord, type Provider } from '@reelsync/core';
import { NO_WRITE, NOTHING, sync } from '../support/catalogue';
import { first, provider, recordedProvider, second } from '../support/listings';

const dune = 'Dune Part Two (2024)';
const both = (title: string): Provider<MovieRecord>[] => [
  recordedProvider(first, title),
  recordedProvider(second, title),
];

describe('locks', () => {
  test('B-42, RP-3: metadata.overview locked, the rest of metadata and the title update', () => {
    const stored = sync(NOTHING, { providers: [provider(first, { metadata: '/metadata.json?hash=1' })] });
    const { document } = sync(stored, {
      providers: [provider(first, { metadata: '/metadata.json?hash=2' })],
      locks: { metadata: { overview: true } },
    });
    expect(document).toMatchObject({
      title: 'Title by default metadata.json?hash=2',
      metadata: {
        title: 'Title by default metadata.json?hash=2',
        overview: 'Overview by default metadata.json?hash=1',
      },
    });
  });

  test('B-43: unlocking a sub-path reads the file again, so that the document does not stay stale', () => {
    const [old, fresh] = ['1', '2'].map((hash) => [
      provider(first, { metadata: `/metadata.json?hash=${hash}` }),
    ]);
    const stored = sync(NOTHING, { providers: old! });
    const locked = sync(stored, { providers: fresh!, locks: { metadata: { overview: true } } });
    expect(sync(locked, { providers: fresh!, locks: { metadata: { overview: true } } }).fetches).toEqual([]);
    const unlocked = sync(locked, { providers: fresh! });
    expect(unlocked.document).toHaveProperty('metadata.overview', 'Overview by default metadata.json?hash=2');
  });

  test.each(['metadata', 'title'])('B-43: unlocking %s brings it up to date', (field) => {
    const [old, fresh] = ['1', '2'].map((hash) => [
      provider(first, { metadata: `/metadata.json?hash=${hash}` }),
    ]);
    const stored = sync(NOTHING, { providers: old! });
    const locked = sync(stored, { providers: fresh!, locks: { [field]: true } });
    expect(locked.document[field]).toEqual(stored.document[field]);
    expect(sync(locked, { providers: fresh! }).document[field]).toEqual(
      sync(NOTHING, { providers: fresh! }).document[field],
    );
  });

  test('a locked poster freezes its preview and their sources, and unlocking brings both back', () => {
    const image = (token: string): Partial<MovieRecord> => ({
      images: { poster: { path: `/poster.jpg?hash=${token}`, blurhash: '/poster.jpg.blurhash' } },
    });
    const stored = sync(NOTHING, { providers: [provider(first, image('1'))] });
    const locks = { posterURL: true };
    const locked = sync(stored, { providers: [provider(second, image('2'))], locks });
    expect(locked.plan).toEqual(NO_WRITE);
    expect(locked.fetches).toEqual([]);
    expect(sync(locked, { providers: [provider(second)], locks }).plan).toEqual(NO_WRITE);
    expect(sync(locked, { providers: [provider(second, image('2'))] }).document).toMatchObject({
      posterSource: 'server2',
      posterBlurhashSource: 'server2',
      posterBlurhash: sync(NOTHING, { providers: [provider(second, image('2'))] }).document['posterBlurhash'],
    });
  });

  test('an admin who edited poster and preview under a lock loses both when unlocking, not one of them', () => {
    const providers = [
      provider(first, { images: { poster: { path: '/p.jpg?hash=1', blurhash: '/p.jpg.blurhash' } } }),
    ];
    const stored = sync(NOTHING, { providers });
    const edited = { ...stored.document, posterURL: 'https://mine/p.jpg', posterBlurhash: 'mine' };
    const locked = sync({ ...stored, document: edited }, { providers, locks: { posterURL: true } });
    expect(locked.document).toEqual(edited);
    expect(sync(locked, { providers }).document).toEqual(stored.document);
  });

  test('a locked title keeps its source too', () => {
    const stored = sync(NOTHING, { providers: [provider(second, { metadata: '/metadata.json?hash=1' })] });
    const { document } = sync(stored, {
      providers: [provider(first, { metadata: '/metadata.json?hash=1' })],
      locks: { title: true },
    });
    expect(document).toMatchObject({ titleSource: 'server2', metadataSource: 'default' });
  });

  test('a locked video freezes what describes it', () => {
    const stored = sync(NOTHING, { title: dune, providers: [recordedProvider(second, dune)] });
    const { plan } = sync(stored, { title: dune, providers: both(dune), locks: { videoURL: true } });
    const group = movieFields.find(({ name }) => name === 'video');
    for (const field of group?.fields ?? []) expect(plan.changedFields).not.toContain(field);
    expect(plan.changedFields).not.toContain('videoSource');
  });

  test('locked structure is not healed', () => {
    const legacy = { document: { originalTitle: 'x', originalTitleSource: 'default' }, applied: {} };
    const { document } = sync(legacy, {
      title: 'x',
      providers: [provider(first)],
      locks: { title: true, type: true },
    });
    expect(Object.keys(document).sort()).toEqual(['metadata', 'originalTitle', 'originalTitleSource']);
  });
});
