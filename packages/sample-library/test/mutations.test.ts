import { buildLibraries } from '@reelsync/sample-library';
import type { Library, SampleServer } from '@reelsync/sample-library';
import { get, hashMapOf, movieOf, moviesOf, startServer, stopServers } from './support/running-servers';

afterEach(stopServers);

const TITLE = 'The Matrix Reloaded (2003)';
const NO_METADATA = 'HDR On Beta';

/** What a client can see of a title's state. */
async function view(server: SampleServer, title: string): Promise<Record<string, unknown>> {
  const { urls, ...entry } = await movieOf(server, title);
  const { posterBlurhash } = urls;
  return {
    id: entry._id,
    hash: (await hashMapOf(server, 'movies')).titles[title]?.hash,
    poster: urls.poster,
    backdrop: urls.backdrop,
    preview: posterBlurhash === undefined ? null : (await get(`${server.baseUrl}${posterBlurhash}`)).text,
    metadata: urls.metadata,
    mediaLastModified: urls.mediaLastModified,
    size: entry.additional_metadata.size?.kb,
    hdr: entry.hdr,
    subtitles: Object.keys(urls.subtitles ?? {}).join(),
    focal: entry.backdropFocal,
  };
}

/** Names of what moved. */
async function moved(change: (library: Library) => void, title = TITLE): Promise<string[]> {
  const server = await startServer({ library: buildLibraries({ titles: 60 }).alpha });
  const before = await view(server, title);
  change(server.library);
  const after = await view(server, title);
  return Object.keys(after).filter((key) => after[key] !== before[key]);
}

describe('what a change on disk moves (contract §3.2, §5.3)', () => {
  test.each<[string, (library: Library) => void, string[]]>([
    ['replacePoster', (library) => library.replacePoster(TITLE), ['hash', 'poster', 'preview', 'metadata']],
    [
      'touch poster: same picture',
      (library) => library.touch(TITLE, 'poster'),
      ['hash', 'poster', 'metadata'],
    ],
    ['editMetadata', (library) => library.editMetadata(TITLE, { title: 'Matrix 2' }), ['hash', 'metadata']],
    ['touch metadata', (library) => library.touch(TITLE, 'metadata'), ['hash', 'metadata']],
    ['touch: an unrelated file', (library) => library.touch(TITLE), ['hash', 'metadata']],
    ['touch video', (library) => library.touch(TITLE, 'video'), ['hash', 'metadata', 'mediaLastModified']],
    [
      'replaceVideo',
      (library) => library.replaceVideo(TITLE),
      ['id', 'hash', 'metadata', 'mediaLastModified', 'size', 'hdr'],
    ],
    ['addCaption', (library) => library.addCaption(TITLE, 'Japanese'), ['hash', 'metadata', 'subtitles']],
    [
      'removeCaption',
      (library) => library.removeCaption(TITLE, 'Spanish'),
      ['hash', 'metadata', 'subtitles'],
    ],
    [
      'removeAsset backdrop',
      (library) => library.removeAsset(TITLE, 'backdrop'),
      ['hash', 'backdrop', 'metadata'],
    ],
    ['setFocal: no hash covers it', (library) => library.setFocal(TITLE, 'center'), ['focal']],
  ])('%s', async (_name, change, expected) => {
    expect(await moved(change)).toEqual(expected);
  });

  test('a movie without metadata.json keeps its hash when an unrelated file appears', async () => {
    expect(await moved((library) => library.touch(NO_METADATA), NO_METADATA)).toEqual([]);
  });

  test('removeAsset video takes the whole group and leaves a tmdb id', async () => {
    const server = await startServer({ library: buildLibraries({ titles: 60 }).alpha });
    server.library.removeAsset(TITLE, 'video');
    const entry = await movieOf(server, TITLE);
    expect(entry).toMatchObject({
      _id: expect.stringMatching(/^tmdb_/),
      length: {},
      hdr: null,
      additional_metadata: {},
    });
    expect(Object.keys(entry.urls)).not.toEqual(
      expect.arrayContaining(['mp4', 'mediaLastModified', 'chapters']),
    );
  });

  test('a finished auto caption becomes a relative file', async () => {
    const server = await startServer({ library: buildLibraries({ titles: 60 }).alpha });
    server.library.finishAutoCaption('Pending Captions');
    const { subtitles } = (await movieOf(server, 'Pending Captions')).urls;
    expect(subtitles?.['English - Auto Generated']?.url).toBe(
      '/movies/Pending%20Captions/Pending%20Captions.en.auto.srt',
    );
    expect(subtitles?.['English - Auto Generated']).not.toHaveProperty('pending');
    expect(subtitles?.['French - Auto Generated']?.pending).toBe(true);
  });

  test('added and removed movies come and go in listing and hash map', async () => {
    const server = await startServer({ library: buildLibraries({ titles: 60 }).alpha });
    await moviesOf(server);
    server.library.addMovie('Brand & New');
    server.library.addMovie('1066');
    server.library.removeMovie(TITLE);
    const titles = Object.keys(await moviesOf(server));
    expect(titles).toEqual(expect.arrayContaining(['Brand & New', '1066']));
    expect(titles).not.toContain(TITLE);
    const hashes = (await hashMapOf(server, 'movies')).titles;
    expect(Object.keys(hashes)).toContain('Brand & New');
    expect(Object.keys(hashes)).not.toContain(TITLE);
  });

  test('a refused change changes nothing', () => {
    const { alpha } = buildLibraries({ titles: 60 });
    expect(() => alpha.replacePoster('No Such Title')).toThrow('alpha has no movie "No Such Title"');
    expect(() => alpha.addMovie(TITLE)).toThrow('already has');
    expect(() => alpha.removeCaption(TITLE, 'Klingon')).toThrow('no captions');
    expect(alpha.revision).toBe(0);
  });
});
