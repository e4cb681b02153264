import { normalizedVideoId, type MediaServer } from '@reelsync/core';
import { PREVIEW, readFixture, RecordedServer } from './support/recorded-servers';
import { outcomes, World } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';
const DUNE = 'Dune Part Two (2024)';
const CHIHIRO = '千と千尋の神隠し';
const matrixMetadata = JSON.parse(readFixture('static.movie.metadata-file.json')) as Record<string, unknown>;
const hashes = (
  JSON.parse(readFixture('metadata-hashes.movies.json')) as { titles: Record<string, { hash: string }> }
).titles;
const hashesOfTwo = (
  JSON.parse(readFixture('server2.metadata-hashes.movies.json')) as {
    titles: Record<string, { hash: string }>;
  }
).titles;

/** `title` of the metadata differs from the folder, so that a mix-up shows. */
const display = (title: string) => ({
  title: `${title}!`,
  release_date: '2001-04-25',
  runtime: '122',
  genres: [],
});

describe('two recorded servers end to end', () => {
  let first: RecordedServer;
  let second: RecordedServer;
  let world: World;
  let servers: { first: MediaServer; second: MediaServer };

  beforeEach(async () => {
    first = await RecordedServer.start(
      { listing: 'movies.json', hashes: 'metadata-hashes.movies.json' },
      {
        [MATRIX]: matrixMetadata,
        [DUNE]: display('Dune: Part Two'),
        'Bad Metadata': '{ "title": "Bad Metadata", broken',
        'Amélie (2001)': display('Amélie'),
        'No Video Yet': display('No Video Yet'),
        'Fast & Furious #1 - Test': display('Fast & Furious'),
        "Ocean's Eleven": display("Ocean's Eleven"),
        '100% Wolf': display('100% Wolf'),
      },
    );
    second = await RecordedServer.start(
      { listing: 'server2.movies.json', hashes: 'server2.metadata-hashes.movies.json' },
      { [CHIHIRO]: display('Spirited Away'), [MATRIX]: display('Wrong'), [DUNE]: display('Wrong') },
    );
    servers = {
      first: first.configured({ id: 'default' }),
      second: second.configured({ id: 'server2', priority: 2, prefix: '/media' }),
    };
    world = await World.create({ servers: [servers.first, servers.second] });
  });

  afterEach(async () => {
    await world.dispose();
    await Promise.all([first.close(), second.close()]);
  });

  /** A document without what every document has, and what changes from run to run. */
  async function fieldsOf(title: string): Promise<Record<string, unknown>> {
    const { _id, createdAt, updatedAt, lastSynced, initialDiscoveryDate, syncRunId, ...fields } =
      await world.movie(title);
    expect([createdAt, updatedAt, lastSynced, initialDiscoveryDate]).toEqual(
      Array.from({ length: 4 }, (): unknown => expect.any(Date)),
    );
    expect([_id.toHexString(), syncRunId]).toEqual([
      expect.stringMatching(/^[0-9a-f]{24}$/),
      expect.stringMatching(/^[0-9a-f]{24}$/),
    ]);
    return fields;
  }

  const recordOf = (server: RecordedServer, title: string) =>
    server.listing[title] as Record<string, unknown>;
  const noFocal = (id: string) => ({
    backdropFocal: null,
    backdropFocalSource: id,
    backdropFocalSuggested: null,
    backdropFocalSuggestedSource: id,
  });
  const ownedBy = (id: string, title: string) => ({
    type: 'movie',
    originalTitle: title,
    titleSource: id,
    originalTitleSource: id,
    initialDiscoveryServer: id,
    ...noFocal(id),
    syncHash: (id === 'default' ? hashes : hashesOfTwo)[title]?.hash,
  });
  const video = (url: string, id: string, facts: object) => ({
    videoURL: url,
    normalizedVideoId: normalizedVideoId(url),
    videoSource: id,
    videoInfoSource: id,
    ...facts,
  });
  const storedMetadata = (id: string, title: string, name: string) => ({
    title: `${name}!`,
    metadata: { ...display(name), release_date: new Date('2001-04-25'), runtime: 122 },
    metadataSource: id,
    metadataHash: (id === 'default' ? hashes : hashesOfTwo)[title]?.hash,
    syncVersion: '2.1',
  });
  const image = (field: string, name: string, url: string, id: string) => ({
    [field]: url,
    [`${name}Source`]: id,
    [`${name}Blurhash`]: PREVIEW,
    [`${name}BlurhashSource`]: id,
  });

  test('every title arrives; only the metadata file that is not JSON fails', async () => {
    const scan = await world.scan();
    expect(scan.run.counts).toEqual({
      planned: 12,
      created: 11,
      updated: 0,
      unchanged: 0,
      skipped: 0,
      failed: 1,
      merged: 0,
    });
    expect(outcomes(scan)['Bad Metadata']).toBe('METADATA_INVALID');
    expect((await world.movies()).map(({ originalTitle }) => originalTitle)).not.toContain('version');
    world.takeWrites();
    expect((await world.scan()).planned).toBe(0);
    expect(world.takeWrites()).toEqual([]);
  });

  test('the awkward titles, field by field (§1.3)', async () => {
    await world.scan();
    const one = (path: string) => `${first.baseUrl}/movies/${path}`;
    const two = (path: string) => `${second.baseUrl}/media/movies/${path}`;

    expect(await fieldsOf('Empty Folder')).toEqual({
      title: 'Empty Folder',
      metadata: {},
      ...ownedBy('default', 'Empty Folder'),
    });

    // Probing failed: no length, no dimensions, no size; a file it is all the same.
    expect(await fieldsOf('Cash $HOME Price')).toEqual({
      title: 'Cash $HOME Price',
      metadata: {},
      ...ownedBy('default', 'Cash $HOME Price'),
      ...video(one('Cash%20%24HOME%20Price/Cash%20%24HOME%20Price.mp4'), 'default', {
        mediaLastModified: new Date('2025-01-01T03:07:34.125Z'),
      }),
    });

    const folder = encodeURIComponent(CHIHIRO);
    expect(await fieldsOf(CHIHIRO)).toEqual({
      ...ownedBy('default', CHIHIRO),
      ...storedMetadata('server2', CHIHIRO, 'Spirited Away'),
      titleSource: 'server2',
      ...video(one(`${folder}/${folder}.mp4`), 'default', {
        duration: 5005,
        dimensions: '720x480',
        size: 53731,
        mediaQuality: recordOf(first, CHIHIRO)['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T03:45:11.125Z'),
      }),
      ...image('posterURL', 'poster', two(`${folder}/poster.jpg?hash=e7a29462ed`), 'server2'),
    });

    expect(await fieldsOf('No Video Yet')).toEqual({
      ...ownedBy('default', 'No Video Yet'),
      ...storedMetadata('default', 'No Video Yet', 'No Video Yet'),
      ...image('posterURL', 'poster', one('No%20Video%20Yet/poster.jpg?hash=80c0dcb700'), 'default'),
    });

    // The file is listed but is not JSON: everything else is there, and a stub says that metadata is wanting (ST-M4).
    const bad = await fieldsOf('Bad Metadata');
    expect(bad).toEqual({
      title: 'Bad Metadata',
      ...ownedBy('default', 'Bad Metadata'),
      metadata: {
        title: 'Bad Metadata',
        source: 'reelsync',
        dateAdded: expect.any(Date),
        lastScanned: expect.any(Date),
        hasExternalMetadata: false,
      },
      ...video(one('Bad%20Metadata/Bad%20Metadata.mp4'), 'default', {
        duration: 2021,
        dimensions: '1920x1080',
        size: 3154416,
        mediaQuality: recordOf(first, 'Bad Metadata')['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T03:04:31.125Z'),
      }),
    });

    const amelie = 'Am%C3%A9lie%20(2001)';
    const caption = (language: string, srcLang: string, time: string) => ({
      srcLang,
      url: one(`${amelie}/${amelie}.${language}.srt`),
      lastModified: `2025-01-01T${time}.125Z`,
      sourceServerId: 'default',
    });
    expect(await fieldsOf('Amélie (2001)')).toEqual({
      ...ownedBy('default', 'Amélie (2001)'),
      ...storedMetadata('default', 'Amélie (2001)', 'Amélie'),
      ...image('posterURL', 'poster', one(`${amelie}/poster.jpg?hash=f4fa4d2dfd`), 'default'),
      ...video(one(`${amelie}/${amelie}.mp4`), 'default', {
        duration: 5005,
        dimensions: '720x480',
        size: 53731,
        mediaQuality: recordOf(first, 'Amélie (2001)')['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T02:59:26.125Z'),
      }),
      captionURLs: { French: caption('fr', 'fr', '02:58:25'), xx: caption('xx', 'xx', '03:00:27') },
      captionSource: 'default',
    });

    const fast = 'Fast%20%26%20Furious%20%231%20-%20Test';
    expect(await fieldsOf('Fast & Furious #1 - Test')).toEqual({
      ...ownedBy('default', 'Fast & Furious #1 - Test'),
      backdropFocalSuggested: 'left',
      ...storedMetadata('default', 'Fast & Furious #1 - Test', 'Fast & Furious'),
      ...image('posterURL', 'poster', one(`${fast}/poster.jpg?hash=99676f8661`), 'default'),
      ...image('backdrop', 'backdrop', one(`${fast}/backdrop.jpg?hash=83862c8967`), 'default'),
      ...video(one(`${fast}/${fast}.mp4`), 'default', {
        duration: 4000,
        dimensions: '1920x1080',
        size: 6491956,
        mediaQuality: recordOf(first, 'Fast & Furious #1 - Test')['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T03:17:44.125Z'),
      }),
    });

    // Server 2 holds an HDR10 encode: nothing of it may label the SDR file of server 1 (AV-8, contract §9.2).
    const dune = 'Dune%20Part%20Two%20(2024)';
    expect(await fieldsOf(DUNE)).toEqual({
      ...ownedBy('default', DUNE),
      backdropFocalSuggested: 'center',
      ...storedMetadata('default', DUNE, 'Dune: Part Two'),
      ...image('posterURL', 'poster', one(`${dune}/poster.jpg?hash=fbcdbe30cb`), 'default'),
      ...image('backdrop', 'backdrop', one(`${dune}/backdrop.jpg?hash=dd8446f1d1`), 'default'),
      logo: one(`${dune}/logo.png?hash=e7a29462ed`),
      logoSource: 'default',
      ...video(one(`${dune}/${dune}%20-%20Extended.mp4`), 'default', {
        duration: 5005,
        dimensions: '720x480',
        size: 53731,
        mediaQuality: recordOf(first, DUNE)['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T03:10:37.125Z'),
      }),
    });

    expect(await fieldsOf('Only On Two')).toEqual({
      title: 'Only On Two',
      metadata: {},
      ...ownedBy('server2', 'Only On Two'),
      ...video(two('Only%20On%20Two/Only%20On%20Two.mp4'), 'server2', {
        duration: 5005,
        dimensions: '720x480',
        size: 53731,
        mediaQuality: recordOf(second, 'Only On Two')['mediaQuality'],
        mediaLastModified: new Date('2025-01-01T03:00:27.125Z'),
      }),
    });
  });

  test('The Matrix Reloaded: captions of both servers, English first; metadata as the file has it (AV-7, B-5, ST-M6, ST-M11)', async () => {
    await world.scan();
    const movie = await world.movie(MATRIX);
    expect(movie.metadata).toEqual({ ...matrixMetadata, release_date: new Date('2003-05-15'), runtime: 138 });
    expect(movie.title).toBe('The Matrix Reloaded');
    expect(movie.captionSource).toBe('default');
    expect(
      Object.entries(movie.captionURLs ?? {}).map(([label, { sourceServerId }]) => [label, sourceServerId]),
    ).toEqual([
      ['English', 'default'],
      ['English Hearing Impaired', 'default'],
      ['French - Auto Generated', 'default'],
      ['German', 'server2'],
      ['Spanish', 'default'],
    ]);
    expect(movie.captionURLs?.['French - Auto Generated']).toMatchObject({ autoGenerated: true });
    expect(movie.captionURLs?.['German']?.url).toBe(
      `${second.baseUrl}/media/movies/The%20Matrix%20Reloaded%20(2003)/The%20Matrix%20Reloaded%20(2003)%20Bluray-1080p.de.srt`,
    );
    expect(movie.chapterURL).toBe(
      `${first.baseUrl}/movies/The%20Matrix%20Reloaded%20(2003)/chapters/The%20Matrix%20Reloaded%20(2003)_chapters.vtt`,
    );
    expect(movie).toMatchObject({ backdropFocal: 'left', backdropFocalSuggested: 'right', size: 6492626 });
  });

  test('B-14: HDR labels and quality are copied verbatim', async () => {
    await world.scan();
    for (const title of ['100% Wolf', "Ocean's Eleven"]) {
      const { hdr, mediaQuality } = recordOf(first, title);
      expect(await world.movie(title)).toMatchObject({ hdr, mediaQuality });
    }
    expect(await world.movie("Ocean's Eleven")).toMatchObject({
      hdr: '10-bit SDR (BT.709)',
      logo: `${first.baseUrl}/movies/Ocean's%20Eleven/logo.svg?hash=83e2b303f2`,
    });
  });

  test('only the owner of a file is asked for it', async () => {
    await world.scan();
    expect(second.files.sort()).toEqual([
      `/media/movies/${CHIHIRO}/metadata.json`,
      `/media/movies/${CHIHIRO}/poster.jpg.blurhash`,
    ]);
    expect(new Set(first.files).size).toBe(first.files.length);
  });

  test('B-9: a forced scan takes metadata that changed although the listing says it did not', async () => {
    await world.scan();
    first.metadata['100% Wolf'] = display('A Wolf');
    await world.scan({ full: true });
    expect(await world.movie('100% Wolf')).toMatchObject({ title: '100% Wolf!' });
    const forced = await world.scan({ force: true });
    expect(forced.units.filter(({ outcome }) => outcome === 'updated')).toMatchObject([
      { title: '100% Wolf' },
    ]);
    expect(await world.movie('100% Wolf')).toMatchObject({ title: 'A Wolf!' });
  });

  test('auto captions switched on: absolute while pending, for every title, also those without a video (contract §3.5)', async () => {
    await world.scan();
    const stubs = (JSON.parse(readFixture('auto-captions-stubs.excerpt.json')) as { movies: object }).movies;
    first.listing = { ...first.listing, ...stubs };
    await world.scan();
    const { captionURLs } = await world.movie('Amélie (2001)');
    expect(captionURLs?.['English - Auto Generated']).toEqual({
      srcLang: 'en',
      url: 'https://files.example.com/node/api/captions/track/movie/Am%C3%A9lie%20(2001)/en',
      sourceServerId: 'default',
      autoGenerated: true,
      pending: true,
    });
    expect(captionURLs?.['French']?.url).toMatch(`${first.baseUrl}/movies/`);
  });
});
