import { movieFields, normalizedVideoId, type MovieRecord, type Provider } from '@reelsync/core';
import { everyFile, NO_WRITE, NOTHING, NOW, sync, type Files } from '../support/catalogue';
import { first, parsed, provider, readListing, recordedProvider, second } from '../support/listings';

const matrix = 'The Matrix Reloaded (2003)';
const dune = 'Dune Part Two (2024)';
const both = (title: string): Provider<MovieRecord>[] => [
  recordedProvider(first, title),
  recordedProvider(second, title),
];

describe('two recorded servers', () => {
  test('a new document as readers expect it (§1.2, §1.3)', () => {
    const raw = readListing('movies.json')[matrix]!;
    const { document } = sync(NOTHING, {
      title: matrix,
      providers: [{ ...recordedProvider(first, matrix), serverHash: 'f00d' }],
      files: previewsAnd({ title: 'The Matrix Reloaded', release_date: '2003-05-15', runtime: '138' }),
    });
    const host = 'https://files.example.com/movies/The%20Matrix%20Reloaded%20(2003)';
    const video = `${host}/The%20Matrix%20Reloaded%20(2003)%20Bluray-1080p.mp4`;
    expect(document).toMatchObject({
      type: 'movie',
      title: 'The Matrix Reloaded',
      titleSource: 'default',
      originalTitle: matrix,
      originalTitleSource: 'default',
      metadata: { title: 'The Matrix Reloaded', release_date: new Date('2003-05-15'), runtime: 138 },
      metadataSource: 'default',
      metadataHash: 'f00d',
      syncHash: 'f00d',
      syncVersion: '2.1',
      videoURL: video,
      normalizedVideoId: normalizedVideoId(video),
      videoSource: 'default',
      videoInfoSource: 'default',
      duration: 4000,
      dimensions: '1920x1080',
      size: Math.round(6340.455078125 * 1024),
      mediaLastModified: new Date('2025-01-01T03:37:03.125Z'),
      posterURL: `${host}/poster.jpg?hash=a11a199961`,
      posterSource: 'default',
      posterBlurhashSource: 'default',
      backdrop: `${host}/backdrop.jpg?hash=8af433c0ab`,
      logo: `${host}/logo.png?hash=a359323aa3`,
      backdropFocal: 'left',
      backdropFocalSuggested: 'right',
      captionSource: 'default',
      chapterURL: `${host}/chapters/The%20Matrix%20Reloaded%20(2003)_chapters.vtt`,
      initialDiscoveryDate: NOW,
      initialDiscoveryServer: 'default',
    });
    expect(document).not.toHaveProperty('hdr');
    // B-14: verbatim.
    expect(document['mediaQuality']).toEqual(raw['mediaQuality']);
  });

  test.each(['The Matrix Reloaded (2003)', dune, '千と千尋の神隠し'])(
    '%s: a second pass writes and reads nothing',
    (title) => {
      const once = sync(NOTHING, { title, providers: both(title) });
      const twice = sync(once, { title, providers: both(title), now: new Date(NOW.getTime() + 1) });
      expect(twice.plan).toEqual(NO_WRITE);
      expect(twice.fetches).toEqual([]);
      expect(twice.applied).toEqual(once.applied);
    },
  );

  test('Dune: hdr and quality of the HDR10 encode never label the SDR video of the owner (contract §9.2, AV-8)', () => {
    const onlySecond = sync(NOTHING, { title: dune, providers: [recordedProvider(second, dune)] });
    expect(onlySecond.document).toMatchObject({
      hdr: 'HDR10',
      dimensions: '1280x536',
      videoInfoSource: 'server2',
    });

    const { document, resolution } = sync(onlySecond, { title: dune, providers: both(dune) });
    expect(document).not.toHaveProperty('hdr');
    expect(document).toMatchObject({
      duration: 5005,
      dimensions: '720x480',
      size: 53731,
      mediaQuality: { format: null, isHDR: false },
      videoSource: 'default',
      videoInfoSource: 'default',
      normalizedVideoId: normalizedVideoId(String(document['videoURL'])),
    });
    // Keeping a group whole is not absence cleanup and cannot be switched off with it.
    expect(resolution.unset).toContain('hdr');
    expect(resolution.absent).not.toContain('hdr');
  });

  test('Matrix: server 2 lacks the logo, so server 1 keeps it, whatever the order of priorities (AV-3)', () => {
    const swapped = [recordedProvider(second, matrix), recordedProvider(first, matrix)];
    const { document } = sync(NOTHING, { title: matrix, providers: swapped });
    expect(document).toMatchObject({
      posterSource: 'server2',
      posterBlurhashSource: 'server2',
      logoSource: 'default',
      videoSource: 'server2',
    });
    expect(document['posterURL']).toBe(
      'https://two.example.com/media/movies/The%20Matrix%20Reloaded%20(2003)/poster.jpg?hash=045fbec990',
    );
  });

  test('千と千尋の神隠し: only the lower server has images and metadata, so it owns them (§2.3)', () => {
    const title = '千と千尋の神隠し';
    const { document } = sync(NOTHING, { title, providers: both(title) });
    expect(document).toMatchObject({
      posterSource: 'server2',
      metadataSource: 'server2',
      videoSource: 'default',
    });
  });

  test('first scan, then steady state: the preview arrives without another image (contract §3.2)', () => {
    const firstScan = { server: first, record: parsed(readListing('movies.first-scan.json')[matrix]) };
    const early = sync(NOTHING, { title: matrix, providers: [firstScan] });
    expect(early.document).not.toHaveProperty('posterBlurhash');
    const late = sync(early, { title: matrix, providers: [recordedProvider(first, matrix)] });
    expect(late.fetches.map(({ key }) => key).sort()).toEqual([
      'backdropBlurhash',
      'metadata',
      'posterBlurhash',
    ]);
    expect(late.document).toHaveProperty('posterBlurhash');
  });
});

describe('titles without much', () => {
  test('Empty Folder: a readable document with a display title (ST-M2)', () => {
    const { document, fetches } = sync(NOTHING, {
      title: 'Empty Folder',
      providers: [recordedProvider(first, 'Empty Folder')],
    });
    expect(fetches).toEqual([]);
    expect(document).toEqual({
      type: 'movie',
      title: 'Empty Folder',
      titleSource: 'default',
      originalTitle: 'Empty Folder',
      originalTitleSource: 'default',
      metadata: {},
      backdropFocal: null,
      backdropFocalSource: 'default',
      backdropFocalSuggested: null,
      backdropFocalSuggestedSource: 'default',
      initialDiscoveryDate: NOW,
      initialDiscoveryServer: 'default',
    });
  });

  test('B-22: no metadata URL is not "populated": the file is read as soon as it is listed', () => {
    const without = sync(NOTHING, { providers: [provider(first)] });
    expect(without.applied).toEqual({});
    const withFile = sync(without, { providers: [provider(first, { metadata: '/m/metadata.json?hash=1' })] });
    expect(withFile.fetches.map(({ key }) => key)).toEqual(['metadata']);
    expect(withFile.document).toHaveProperty('metadata.overview');
  });

  test('a video is not cleared because listings lack it, also when the listing is a fact (ST-M9, B-32)', () => {
    const stored = sync(NOTHING, {
      providers: [provider(first, { video: { path: '/m/a.mp4', duration: 5 } })],
    });
    const later = sync(stored, { providers: [provider(first)] });
    expect(later.plan).toEqual(NO_WRITE);
    expect(later.document['videoURL']).toBe('https://files.example.com/m/a.mp4');
  });

  test('no provider at all decides nothing', () => {
    const stored = sync(NOTHING, { providers: both(matrix) });
    const later = sync(stored, { providers: [] });
    expect(later.plan).toEqual(NO_WRITE);
    expect(later.applied).toEqual(stored.applied);
  });

  test('structural fields that stored documents lack are healed, what is there stays (ST-M2)', () => {
    const legacy = {
      document: { originalTitle: 'x', title: '', originalTitleSource: 'manual' },
      applied: {},
    };
    expect(sync(legacy, { title: 'x', providers: [provider(second)] }).document).toEqual({
      type: 'movie',
      originalTitle: 'x',
      originalTitleSource: 'manual',
      title: 'x',
      titleSource: 'server2',
      metadata: {},
    });
  });
});

describe('who may write what', () => {
  const withMetadata = provider(first, { metadata: '/m/metadata.json?hash=1' });

  test('B-6: only metadata writes the title; other strategies leave a display title alone', () => {
    const stored = sync(NOTHING, {
      title: matrix,
      providers: both(matrix),
      files: previewsAnd({ title: 'Reloaded' }),
    });
    expect(stored.document['title']).toBe('Reloaded');
    const groups = movieFields.filter((group) =>
      ['title', 'titleSource'].some((field) => group.fields.includes(field)),
    );
    expect(groups.map(({ operation }) => operation)).toEqual(['metadata']);
    const table = movieFields.filter(({ operation }) => operation !== 'metadata');
    const { resolution } = sync(stored, { title: matrix, providers: both(matrix), table, force: true });
    expect(resolution.set).not.toHaveProperty('title');
  });

  test('metadata without a title keeps the display title', () => {
    const { document } = sync(NOTHING, {
      title: 'Folder',
      providers: [withMetadata],
      files: previewsAnd({ id: 1 }),
    });
    expect(document).toMatchObject({ title: 'Folder', titleSource: 'default', metadata: { id: 1 } });
  });

  test('metadata replaces the fallback title', () => {
    const stored = sync(NOTHING, { title: 'Folder', providers: [provider(first)] });
    const { document } = sync(stored, { title: 'Folder', providers: [withMetadata] });
    expect(document['title']).toBe('Title by default metadata.json?hash=1');
  });

  test('ST-M8: an explicit null focal hint owns and overwrites; an absent one leaves alone', () => {
    const hint = { backdropFocal: 'left', backdropFocalSource: 'default' };
    const stored = sync(NOTHING, { providers: [provider(first, { backdropFocal: 'left' })] });
    expect(stored.document).toMatchObject(hint);
    expect(sync(stored, { providers: [provider(first)] }).document).toMatchObject(hint);
    const cleared = sync(stored, {
      providers: [provider(first, { backdropFocal: null }), provider(second, { backdropFocal: 'right' })],
    });
    expect(cleared.document).toMatchObject({ backdropFocal: null, backdropFocalSource: 'default' });
  });

  test('B-34: another host or prefix changes every stored URL and reads nothing again', () => {
    const stored = sync(NOTHING, { title: matrix, providers: [recordedProvider(first, matrix)] });
    const moved = { ...first, baseUrl: 'https://cdn.example.com', prefix: '/v2' };
    const { document, fetches, plan } = sync(stored, {
      title: matrix,
      providers: [{ server: moved, record: recordedProvider(first, matrix).record }],
    });
    expect(fetches).toEqual([]);
    expect(new Set(plan.changedFields)).toEqual(
      new Set([
        'videoURL',
        'normalizedVideoId',
        'posterURL',
        'backdrop',
        'logo',
        'captionURLs',
        'chapterURL',
      ]),
    );
    expect(JSON.stringify(document)).not.toContain('files.example.com');
    expect(document['normalizedVideoId']).toBe(normalizedVideoId(String(document['videoURL'])));
  });

  test('B-34: a server that starts to put a prefix into its paths causes no reading either', () => {
    const files = (prefix: string): Partial<MovieRecord> => ({
      metadata: `${prefix}/movies/a/metadata.json?hash=1`,
      images: {
        poster: {
          path: `${prefix}/movies/a/poster.jpg?hash=2`,
          blurhash: `${prefix}/movies/a/poster.jpg.blurhash`,
        },
      },
    });
    const stored = sync(NOTHING, { providers: [provider(first, files(''))] });
    const { fetches, plan } = sync(stored, {
      providers: [provider({ ...first, prefix: '/media' }, files('/media'))],
    });
    expect(fetches).toEqual([]);
    expect(plan.changedFields).toEqual(['posterURL']);
  });

  test('field-absence cleanup (§5.3): companions go with their image once every server has answered', () => {
    const stored = sync(NOTHING, { title: matrix, providers: [recordedProvider(first, matrix)] });
    const bare = [provider(first), provider(second)];
    const guarded = sync(stored, { providers: bare, authoritative: false });
    expect(guarded.plan.unset).toEqual([]);
    const { plan, document, resolution } = sync(guarded, { providers: bare });
    expect([...plan.unset].sort()).toEqual([
      'backdrop',
      'backdropBlurhash',
      'backdropBlurhashSource',
      'backdropSource',
      'captionSource',
      'captionURLs',
      'chapterSource',
      'chapterURL',
      'logo',
      'logoSource',
      'posterBlurhash',
      'posterBlurhashSource',
      'posterSource',
      'posterURL',
    ]);
    // The hash goes with the data that it described, whoever has answered (contract §5.4).
    const others = ['captionURLs', 'captionSource', 'syncHash'];
    expect(new Set([...resolution.absent, ...others])).toEqual(new Set(resolution.unset));
    expect(document).toMatchObject({
      metadata: stored.document['metadata'],
      videoURL: stored.document['videoURL'],
    });
  });
});

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

describe('strategies run alone', () => {
  test('AV-8: the preview belongs to the owner of the image also when only previews are synchronised', () => {
    const providers = [
      provider(first, { images: { poster: { path: '/p.jpg?hash=1' } } }),
      provider(second, {
        images: { poster: { path: '/media/p.jpg?hash=2', blurhash: '/media/p.jpg.blurhash' } },
      }),
    ];
    const table = movieFields.filter(({ operation }) => operation === 'blurhash');
    expect(sync(NOTHING, { providers, table }).fetches).toEqual([]);
    expect(sync(NOTHING, { providers, table }).document).not.toHaveProperty('posterBlurhash');
    const preferred = [...providers].reverse();
    expect(sync(NOTHING, { providers: preferred, table }).document).toHaveProperty(
      'posterBlurhashSource',
      'server2',
    );
    const locks = { posterURL: true };
    expect(sync(NOTHING, { providers: preferred, table, locks }).fetches).toEqual([]);
  });
});

function previewsAnd(metadata: unknown): Files {
  return (fetch, providers) =>
    fetch.content === 'metadata' ? { status: 'fresh', content: metadata } : everyFile(fetch, providers);
}
