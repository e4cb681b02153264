import { normalizedVideoId, type MovieRecord, type Provider } from '@reelsync/core';
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

function previewsAnd(metadata: unknown): Files {
  return (fetch, providers) =>
    fetch.content === 'metadata' ? { status: 'fresh', content: metadata } : everyFile(fetch, providers);
}
