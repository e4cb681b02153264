import { normalizedVideoId } from '@reelsync/core';
import { MovieRepository, type StoredMovie } from '@reelsync/database';
import { movie, NOW, recordedMovies } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
let movies: MovieRepository;

async function titles(found: AsyncIterable<Pick<StoredMovie, 'originalTitle'>>): Promise<string[]> {
  return (await collect(found)).map(({ originalTitle }) => originalTitle);
}

beforeAll(() => {
  movies = new MovieRepository(database.catalogue, { now: () => NOW });
});

describe('queries over films as the pipeline writes them (RP-4)', () => {
  let stored: StoredMovie[];

  beforeAll(async () => {
    await Promise.all(
      recordedMovies('movies.json').map((entity) => movies.smartUpsert(entity, null, { now: NOW })),
    );
    await movies.save(
      movie('Two Labels', {
        videoURL: 'http://files.example/two.mp4',
        hdr: 'Dolby Vision, HDR10',
        mediaQuality: {
          format: 'Dolby Vision, HDR10',
          bitDepth: 10,
          isHDR: true,
          viewingExperience: { enhancedColor: true, highDynamicRange: true },
        },
      }),
    );
    stored = await collect(movies.findAll());
  });

  const where = (fits: (document: StoredMovie) => boolean) =>
    stored.filter(fits).map(({ originalTitle }) => originalTitle);

  it('names the films of which something comes from a server', async () => {
    const isSource = ([name, value]: [string, unknown]): boolean =>
      name.endsWith('Source') && value === 'default';
    const expected = where((document) => Object.entries(document).some((entry) => isSource(entry)));
    expect(expected.length).toBeGreaterThan(0);
    expect(expected).not.toContain('Two Labels');
    expect(await collect(movies.streamTitlesFrom('default'))).toEqual(expected);
    expect(await collect(movies.streamTitlesFrom('another'))).toEqual([]);
  });

  it('has films of several qualities to look at', () => {
    const labels = new Set(stored.map(({ mediaQuality }) => mediaQuality?.['format']));
    expect([...labels]).toEqual(expect.arrayContaining([undefined, null, '8-bit SDR (BT.709)', 'HLG']));
  });

  it('finds by one label of the list, with its punctuation', async () => {
    await expect(titles(movies.findByQuality({ format: 'HDR10' }))).resolves.toEqual(['Two Labels']);
    await expect(titles(movies.findByQuality({ format: 'Dolby Vision' }))).resolves.toEqual(['Two Labels']);
    await expect(titles(movies.findByQuality({ format: 'HDR' }))).resolves.toEqual([]);
    const sdr = where(({ mediaQuality }) => mediaQuality?.['format'] === '10-bit SDR (BT.709)');
    expect(sdr).not.toEqual([]);
    await expect(titles(movies.findByQuality({ format: '10-bit SDR (BT.709)' }))).resolves.toEqual(sdr);
  });

  it('an HDR format is a label of a film that is HDR', async () => {
    await expect(titles(movies.findByQuality({ hdrFormat: '10-bit SDR (BT.709)' }))).resolves.toEqual([]);
    const hlg = where(({ mediaQuality }) => mediaQuality?.['format'] === 'HLG');
    await expect(titles(movies.findByQuality({ hdrFormat: 'HLG' }))).resolves.toEqual(hlg);
  });

  it('finds by bit depth and by enhanced viewing, conditions combined', async () => {
    const ten = where(({ mediaQuality }) => mediaQuality?.['bitDepth'] === 10);
    await expect(titles(movies.findByQuality({ bitDepth: 10 }))).resolves.toEqual(ten);
    const enhanced = await titles(movies.findByQuality({ enhancedViewing: true }));
    const plain = await titles(movies.findByQuality({ enhancedViewing: false }));
    expect(enhanced).toContain('Two Labels');
    expect([...enhanced, ...plain].sort()).toEqual(where(({ mediaQuality }) => mediaQuality != null).sort());
    await expect(titles(movies.findByQuality({ bitDepth: 8, enhancedViewing: true }))).resolves.toEqual([]);
    await expect(titles(movies.findByQuality({}))).resolves.toHaveLength(stored.length);
  });

  it('upgrade candidates have a video that is not 10-bit HDR or of unknown quality', async () => {
    const expected = where(({ videoURL, mediaQuality }) => {
      const depth = mediaQuality?.['bitDepth'];
      return (
        videoURL !== undefined &&
        !(typeof depth === 'number' && depth >= 10 && mediaQuality?.['isHDR'] === true)
      );
    });
    const candidates = await titles(movies.findUpgradeCandidates());
    expect(candidates).toEqual(expected);
    expect(candidates).not.toContain('Two Labels');
    expect(candidates.length).toBeGreaterThan(2);
    await expect(titles(movies.findUpgradeCandidates({ limit: 1 }))).resolves.toEqual(expected.slice(0, 1));
  });

  it('finds by video, captions, chapters and missing images', async () => {
    await expect(titles(movies.findWithVideo())).resolves.toEqual(
      where(({ videoURL }) => videoURL !== undefined),
    );
    const captioned = where(({ captionURLs }) => captionURLs !== undefined);
    expect(captioned).not.toEqual([]);
    await expect(titles(movies.findWithCaptions())).resolves.toEqual(captioned);
    const english = where(({ captionURLs }) => captionURLs?.['English'] !== undefined);
    await expect(titles(movies.findWithCaptions(['English', 'Klingon']))).resolves.toEqual(english);
    await expect(titles(movies.findWithCaptions(['Klingon']))).resolves.toEqual([]);
    await expect(titles(movies.findWithChapters())).resolves.toEqual(
      where(({ chapterURL }) => chapterURL !== undefined),
    );
    for (const [asset, field] of [
      ['poster', 'posterURL'],
      ['backdrop', 'backdrop'],
      ['logo', 'logo'],
    ] as const) {
      const missing = where((document) => document[field] === undefined);
      await expect(titles(movies.findMissingAssets(asset))).resolves.toEqual(missing);
    }
  });

  it('counts an empty image or caption map as missing, whoever wrote it', async () => {
    await database.catalogue
      .collection('FlatMovies')
      .insertOne({ originalTitle: 'Legacy', title: 'L', posterURL: '', backdrop: null, captionURLs: {} });
    await expect(titles(movies.findMissingAssets('poster'))).resolves.toContain('Legacy');
    await expect(titles(movies.findMissingAssets('backdrop'))).resolves.toContain('Legacy');
    await expect(titles(movies.findWithCaptions())).resolves.not.toContain('Legacy');
    await expect(movies.delete('Legacy')).resolves.toBe(true);
  });

  it('B-10: statistics add up', async () => {
    const stats = await movies.getMovieStats();
    expect(stats).toMatchObject({
      total: stored.length,
      withVideo: where(({ videoURL }) => videoURL !== undefined).length,
      withPoster: where(({ posterURL }) => posterURL !== undefined).length,
      withBackdrop: where(({ backdrop }) => backdrop !== undefined).length,
      withCaptions: where(({ captionURLs }) => captionURLs !== undefined).length,
      withChapters: where(({ chapterURL }) => chapterURL !== undefined).length,
    });
    expect(stats.byQuality).toMatchObject({
      HLG: where(({ mediaQuality }) => mediaQuality?.['format'] === 'HLG').length,
      unknown: where(({ mediaQuality }) => mediaQuality === undefined).length,
      'untagged SDR': where(({ mediaQuality }) => mediaQuality?.['format'] === null).length,
    });
    expect(Object.values(stats.byQuality).reduce((sum, count) => sum + count, 0)).toBe(stored.length);
    const common = await movies.getStats();
    expect(common).toMatchObject({ totalCount: stored.length, recentlyModified: stored.length });
    expect(Object.values(common.byServer).reduce((sum, count) => sum + count, 0)).toBe(stored.length);
  });

  it('lists folder names and videos for a clean-up', async () => {
    const rows = await collect(movies.getAllMoviesForCleanup());
    expect(rows.map(({ originalTitle, videoURL }) => [originalTitle, videoURL])).toEqual(
      stored.map(({ originalTitle, videoURL }) => [originalTitle, videoURL]),
    );
    expect(rows.every((row) => !('title' in row))).toBe(true);
  });
});

describe('updates of parts', () => {
  beforeEach(async () => {
    await movies.delete('film');
    await movies.save(movie('film', { videoURL: 'http://a/movies/film/film.mp4' }));
  });

  it('B-4: the watch-history key follows the video URL in the same write (DM-6)', async () => {
    await movies.updateVideoInfo('film', {
      videoURL: 'http://b/media/movies/film/film%202.mp4',
      duration: 1000,
    });
    await expect(movies.load('film')).resolves.toMatchObject({
      duration: 1000,
      normalizedVideoId: normalizedVideoId('http://b/media/movies/film/film%202.mp4'),
    });
  });

  it('B-4: a locked video URL keeps its key, whatever the entity says', async () => {
    await database.catalogue
      .collection('FlatMovies')
      .updateOne({ originalTitle: 'film' }, { $set: { lockedFields: { videoURL: true } } });
    await movies.updateVideoInfo('film', { videoURL: 'http://b/other.mp4' });
    await movies.smartUpsert(
      { originalTitle: 'film', normalizedVideoId: 'f'.repeat(64) },
      await movies.load('film'),
      {
        now: NOW,
      },
    );
    await expect(movies.load('film')).resolves.toMatchObject({
      videoURL: 'http://a/movies/film/film.mp4',
      normalizedVideoId: normalizedVideoId('http://a/movies/film/film.mp4'),
    });
  });

  it('writes assets, captions and chapters', async () => {
    const captionURLs = { English: { srcLang: 'en', url: 'http://a/en.vtt', sourceServerId: 'default' } };
    await movies.updateAssets('film', {
      posterURL: 'http://a/p.jpg',
      posterSource: 'default',
      backdropFocal: null,
    });
    await movies.updateCaptions('film', { captionURLs, captionSource: 'default' });
    await movies.updateChapters('film', { chapterURL: 'http://a/c.vtt', chapterSource: 'default' });
    await expect(movies.load('film')).resolves.toMatchObject({
      posterURL: 'http://a/p.jpg',
      backdropFocal: null,
      captionURLs,
      chapterURL: 'http://a/c.vtt',
    });
    await expect(movies.updateChapters('film', { chapterURL: 'http://a/c.vtt' })).resolves.toMatchObject({
      outcome: 'unchanged',
    });
  });
});
