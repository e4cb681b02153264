import { lacksFiles, ReelsyncError, type FetchOutcome, type MovieRecord } from '@reelsync/core';
import {
  everyFile,
  metadataOf,
  NO_WRITE,
  NOTHING,
  NOW,
  previewOf,
  sync,
  type Files,
  type Stored,
} from '../support/catalogue';
import { first, provider, second } from '../support/listings';

const error = new ReelsyncError('SERVER_TIMEOUT', 'too slow');
const answers =
  (outcomes: Readonly<Record<string, FetchOutcome>>): Files =>
  (fetch, providers) =>
    outcomes[fetch.key] ?? everyFile(fetch, providers);
const failed: FetchOutcome = { status: 'failed', error };
const missing: FetchOutcome = { status: 'missing' };

const metadata = (hash: string): Partial<MovieRecord> => ({
  metadata: `/movies/a/metadata.json?hash=${hash}`,
});
const poster = (token: string, blurhash = true): Partial<MovieRecord> => ({
  images: {
    poster: {
      path: `/movies/a/poster.jpg?hash=${token}`,
      ...(blurhash ? { blurhash: '/movies/a/poster.jpg.blurhash' } : {}),
    },
  },
});

describe('planned reads', () => {
  test('URL, server and content of a read', () => {
    const record = { metadata: '/media/movies/a/metadata.json?hash=1' };
    const { fetches } = sync(NOTHING, { providers: [provider(first), provider(second, record)] });
    expect(fetches).toEqual([
      {
        key: 'metadata',
        content: 'metadata',
        server: second,
        url: 'https://two.example.com/media/movies/a/metadata.json?hash=1',
      },
    ]);
  });

  test('a file is read when its token changes and not before', () => {
    const stored = sync(NOTHING, { providers: [provider(first, metadata('1'))] });
    expect(sync(stored, { providers: [provider(first, metadata('1'))] }).fetches).toEqual([]);
    const changed = sync(stored, { providers: [provider(first, metadata('2'))] });
    expect(changed.document['metadata']).toEqual(metadataOf('default', 'metadata.json?hash=2'));
  });

  test('a preview is read when the token of its image changes (contract §6)', () => {
    const stored = sync(NOTHING, { providers: [provider(first, poster('1'))] });
    expect(stored.document['posterBlurhash']).toBe(previewOf('default', 'poster.jpg?hash=1'));
    const changed = sync(stored, { providers: [provider(first, poster('2'))] });
    expect(changed.document['posterBlurhash']).toBe(previewOf('default', 'poster.jpg?hash=2'));
  });

  test('another owner means another file, also when names and tokens are equal', () => {
    const stored = sync(NOTHING, { providers: [provider(second, metadata('1'))] });
    const moved = sync(stored, {
      providers: [provider(first, metadata('1')), provider(second, metadata('1'))],
    });
    expect(moved.document).toMatchObject({ metadataSource: 'default', titleSource: 'default' });
    expect(moved.fetches).toHaveLength(1);
  });

  test('a file whose result is gone from the document is read again', () => {
    const stored = sync(NOTHING, { providers: [provider(first, { ...metadata('1'), ...poster('1') })] });
    const damaged = { ...stored, document: { ...stored.document, metadata: {}, posterBlurhash: '' } };
    const repaired = sync(damaged, { providers: [provider(first, { ...metadata('1'), ...poster('1') })] });
    expect(repaired.fetches.map(({ key }) => key).sort()).toEqual(['metadata', 'posterBlurhash']);
    expect(repaired.document).toEqual(stored.document);
  });

  test('B-9, CD-5: force reads every file again, and writes only what differs', () => {
    const providers = [provider(first, { ...metadata('1'), ...poster('1') })];
    const stored = sync(NOTHING, { providers });
    const forced = sync(stored, { providers, force: true });
    expect(forced.fetches.map(({ key }) => key).sort()).toEqual(['metadata', 'posterBlurhash']);
    expect(forced.plan).toEqual(NO_WRITE);
    const edited = sync(stored, {
      providers,
      force: true,
      files: answers({ metadata: { status: 'revalidated', content: { title: 'New' } } }),
    });
    expect(edited.document).toMatchObject({ title: 'New', metadata: { title: 'New' } });
  });
});

describe('failed reads (ST-1, ST-M4, F-7)', () => {
  const providers = [provider(first, { ...metadata('1'), ...poster('1') })];

  test('nothing stored yet: a stub that counts as no metadata, and the read stays planned', () => {
    const stubbed = sync(NOTHING, { title: 'Folder', providers, files: answers({ metadata: failed }) });
    expect(stubbed.document['metadata']).toEqual({
      title: 'Folder',
      source: 'reelsync',
      dateAdded: NOW,
      lastScanned: NOW,
      hasExternalMetadata: false,
    });
    expect(stubbed.document['title']).toBe('Folder');
    for (const field of ['metadataHash', 'metadataSource', 'syncVersion']) {
      expect(stubbed.document).not.toHaveProperty(field);
    }
    expect(stubbed.resolution.failures).toEqual([error]);
    expect(stubbed.applied).not.toHaveProperty('metadata');

    const again = sync(stubbed, {
      title: 'Folder',
      providers,
      files: answers({ metadata: failed }),
      now: new Date(NOW.getTime() + 1),
    });
    expect(again.fetches.map(({ key }) => key)).toEqual(['metadata']);
    expect(again.plan).toEqual(NO_WRITE);
    expect(sync(again, { title: 'Folder', providers }).document['metadata']).toEqual(
      metadataOf('default', 'metadata.json?hash=1'),
    );
  });

  test('a stub is never taken for what was applied before the document was lost', () => {
    const stored = sync(NOTHING, { providers });
    const stubbed = sync({ ...stored, document: null }, { providers, files: answers({ metadata: failed }) });
    expect(stubbed.document).toHaveProperty('metadata.hasExternalMetadata', false);
    expect(sync(stubbed, { providers }).document['metadata']).toEqual(stored.document['metadata']);
  });

  test('good metadata is kept and not stamped; the next pass reads again', () => {
    const stored = sync(NOTHING, { providers: [provider(first, metadata('1'), 'h1')] });
    const changed = [provider(first, metadata('2'), 'h2')];
    const kept = sync(stored, { providers: changed, files: answers({ metadata: failed }) });
    expect(kept.document).toMatchObject({
      metadata: stored.document['metadata'],
      metadataHash: 'h1',
      syncHash: 'h2',
    });
    expect(kept.applied).toEqual(stored.applied);
    expect(sync(kept, { providers: changed }).document).toMatchObject({ metadataHash: 'h2' });
  });

  test('a failed preview is omitted, never null, and only it is read again', () => {
    const partly = sync(NOTHING, { providers, files: answers({ posterBlurhash: failed }) });
    expect(partly.document).not.toHaveProperty('posterBlurhash');
    expect(partly.document).not.toHaveProperty('posterBlurhashSource');
    expect(sync(partly, { providers }).fetches.map(({ key }) => key)).toEqual(['posterBlurhash']);
  });

  test('junk is refused even when a reader calls it fresh (ST-3, B-19)', () => {
    for (const content of ['<html>404</html>', null, { error: 'x' }]) {
      const files = answers({ posterBlurhash: { status: 'fresh', content } });
      expect(() => sync(NOTHING, { providers, files })).toThrow('blurhash');
    }
    const files = answers({ metadata: { status: 'fresh', content: { error: 'Movie not found' } } });
    expect(() => sync(NOTHING, { providers, files })).toThrow('metadata');
  });
});

describe('hashes of the server stand only beside what they describe (contract §5.4, CD-9)', () => {
  test('without a hash of the new data the old one goes, in the same write', () => {
    const stored = sync(NOTHING, { providers: [provider(first, metadata('1'), 'h1')] });
    expect(stored.document).toMatchObject({ syncHash: 'h1', metadataHash: 'h1' });
    const changed = sync(stored, { providers: [provider(first, metadata('2'))] });
    expect(changed.document['metadata']).toEqual(metadataOf('default', 'metadata.json?hash=2'));
    expect(changed.document).not.toHaveProperty('syncHash');
    expect(changed.document).not.toHaveProperty('metadataHash');
    expect(sync(changed, { providers: [provider(first, metadata('2'))] }).plan).toEqual(NO_WRITE);
  });

  test('metadata that was not read anew keeps its hash', () => {
    const stored = sync(NOTHING, { providers: [provider(first, metadata('1'), 'h1')] });
    const changed = sync(stored, { providers: [provider(first, { ...metadata('1'), ...poster('1') })] });
    expect(changed.document).toMatchObject({ metadataHash: 'h1' });
    expect(changed.document).not.toHaveProperty('syncHash');
  });

  test('another server’s hash does not stand in', () => {
    const { document } = sync(NOTHING, {
      providers: [provider(first, metadata('1')), provider(second, metadata('1'), 'h2')],
    });
    expect(document).not.toHaveProperty('syncHash');
  });
});

describe('missing files (404)', () => {
  test('ST-1: missing metadata keeps what is stored, and is asked for whenever the title is looked at again', () => {
    const stored = sync(NOTHING, { providers: [provider(first, metadata('1'))] });
    const gone = sync(stored, {
      providers: [provider(first, metadata('2'))],
      files: answers({ metadata: missing }),
    });
    expect(gone.plan).toEqual(NO_WRITE);
    expect(gone.resolution.failures).toEqual([]);
    expect(lacksFiles(gone.applied)).toBe(true);
    const back = sync(gone, { providers: [provider(first, metadata('2'))] });
    expect(back.document['metadata']).toEqual(metadataOf('default', 'metadata.json?hash=2'));
    expect(sync(back, { providers: [provider(first, metadata('2'))] }).fetches).toEqual([]);
  });

  test('a file whose name says "(missing)" is not missing', () => {
    const named = { ...metadata('1'), metadata: '/movies/a/about (missing).json?hash=1' };
    const stored = sync(NOTHING, { providers: [provider(first, named)] });
    expect(stored.fetches).toHaveLength(1);
    expect(lacksFiles(stored.applied)).toBe(false);
  });

  test('missing metadata of a new title: no stub, an empty object (B-22)', () => {
    const gone = sync(NOTHING, {
      providers: [provider(first, metadata('1'))],
      files: answers({ metadata: missing }),
    });
    expect(gone.document['metadata']).toEqual({});
    expect(gone.resolution.failures).toEqual([]);
  });

  test('a missing preview is cleared: it would show another image', () => {
    const stored = sync(NOTHING, { providers: [provider(first, poster('1'))] });
    const gone = sync(stored, {
      providers: [provider(first, poster('2'))],
      authoritative: false,
      files: answers({ posterBlurhash: missing }),
    });
    expect(gone.plan.unset).toEqual(['posterBlurhash', 'posterBlurhashSource']);
    const stillGone = {
      providers: [provider(first, poster('2'))],
      files: answers({ posterBlurhash: missing }),
    };
    expect(sync(gone, stillGone).plan).toEqual(NO_WRITE);
    const restored = { ...gone, document: { ...gone.document, posterBlurhash: 'from a backup' } };
    expect(sync(restored, stillGone).document).toEqual(gone.document);
    expect(sync(gone, { providers: [provider(first, poster('2'))] }).document).toHaveProperty(
      'posterBlurhash',
    );
  });

  test('the better server has the image without a preview: the other server’s preview does not stay with it', () => {
    const stored = sync(NOTHING, { providers: [provider(second, poster('1'))] });
    const moved = sync(stored, {
      providers: [provider(first, poster('9', false)), provider(second, poster('1'))],
      authoritative: false,
    });
    expect(moved.document['posterSource']).toBe('default');
    expect(moved.document).not.toHaveProperty('posterBlurhash');
    expect(moved.resolution.absent).toEqual([]);
    expect(sync(moved, { providers: [provider(second, poster('1'))] }).document).toEqual(stored.document);
  });
});

describe('a gate that says more than the document (CD-2)', () => {
  const record = { ...metadata('1'), ...poster('1') };
  const providers = [provider(first, record), provider(second, record)];

  /** What a job of the second server has written that died before its gate. */
  function overtaken(): Stored {
    const stored = sync(NOTHING, { providers });
    const { document } = sync(stored, { providers: [provider(second, record)] });
    expect(document).toMatchObject({ metadataSource: 'server2', posterBlurhashSource: 'server2' });
    return { ...stored, document };
  }

  test('files that another server owns by now are read again, though the gate calls ours applied', () => {
    const stored = sync(NOTHING, { providers });
    const mended = sync(overtaken(), { providers });
    expect(mended.fetches.map(({ key }) => key).sort()).toEqual(['metadata', 'posterBlurhash']);
    expect(mended.document).toEqual(stored.document);
    expect(sync(mended, { providers }).fetches).toEqual([]);
  });

  test('a source that is locked says nothing about what was read', () => {
    const locks = { metadataSource: true };
    const stored = sync(overtaken(), { providers, locks });
    expect(stored.document).toMatchObject({ metadataSource: 'server2' });
    expect(sync(stored, { providers, locks }).fetches).toEqual([]);
  });
});
