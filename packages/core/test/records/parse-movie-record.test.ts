import { parseMovieRecord, type CaptionRecord, type MovieRecord } from '@reelsync/core';
import { parsed, readCaptionStubs, readListing } from '../support/listings';

const movies = readListing('movies.json');
const firstScan = readListing('movies.first-scan.json');
const secondServer = readListing('server2.movies.json');
const stubs = readCaptionStubs();

function movie(title: string): MovieRecord {
  return parsed(movies[title]);
}

describe('every recorded movie', () => {
  const listings = { movies, firstScan, secondServer, stubs };
  const rows = Object.entries(listings).flatMap(([name, listing]) =>
    Object.entries(listing).map(([title, raw]) => ({ name, title, raw })),
  );

  test.each(rows)('$name: $title is parsed and its paths are left alone', ({ raw }) => {
    const record = parsed(raw);
    const urls = raw['urls'] as Record<string, string | undefined>;
    expect(record.video?.path).toBe(urls['mp4']);
    expect(record.video?.lastModified).toBe(urls['mediaLastModified']);
    expect(record.images.poster?.path).toBe(urls['poster']);
    expect(record.images.poster?.blurhash).toBe(urls['posterBlurhash']);
    expect(record.images.backdrop?.path).toBe(urls['backdrop']);
    expect(record.images.backdrop?.blurhash).toBe(urls['backdropBlurhash']);
    expect(record.images.logo?.path).toBe(urls['logo']);
    expect(record.metadata).toBe(urls['metadata']);
    expect(record.chapters).toBe(urls['chapters']);
    expect(record.backdropFocal).toBe(raw['backdropFocal']);
    expect(record.backdropFocalSuggested).toBe(raw['backdropFocalSuggested']);
    expect(record.video?.mediaQuality ?? null).toEqual(record.video ? raw['mediaQuality'] : null);
    expect(record.video?.hdr ?? null).toBe(record.video ? raw['hdr'] : null);
  });

  test.each(rows)(
    '$name: $title holds no undefined, null or empty member except focal hints (AV-3)',
    ({ raw }) => {
      const record = parsed(raw);
      const video = { ...record.video, mediaQuality: {} };
      const parts: object[] = [
        { ...record, backdropFocal: 'any', backdropFocalSuggested: 'any' },
        video,
        ...Object.values(record.images),
        ...record.captions,
      ];
      const members = parts.flatMap((part) => Object.values(part) as unknown[]);
      expect(members.filter((value) => value === undefined || value === null || value === '')).toEqual([]);
    },
  );

  test('the recorded libraries are complete', () => {
    expect(rows).toHaveLength(11 + 11 + 4 + 2);
  });
});

describe('awkward titles', () => {
  test('Empty Folder: nothing at all is still a title (contract §3.1)', () => {
    expect(movie('Empty Folder')).toEqual({
      images: {},
      captions: [],
      backdropFocal: null,
      backdropFocalSuggested: null,
    });
  });

  test('Cash $HOME Price: a failed probe (0, "", {}) gives no measurement, but a video', () => {
    expect(movie('Cash $HOME Price').video).toEqual({
      path: '/movies/Cash%20%24HOME%20Price/Cash%20%24HOME%20Price.mp4',
      lastModified: '2025-01-01T03:07:34.125Z',
    });
  });

  test('千と千尋の神隠し: CJK folder, no metadata, no images', () => {
    const record = movie('千と千尋の神隠し');
    expect(record.images).toEqual({});
    expect(record).not.toHaveProperty('metadata');
    expect(record.video).toMatchObject({ duration: 5005, dimensions: '720x480', sizeKb: 52.4716796875 });
  });

  test('No Video Yet: images and metadata but no video', () => {
    const record = movie('No Video Yet');
    expect(record).not.toHaveProperty('video');
    expect(record.images.poster?.path).toBe('/movies/No%20Video%20Yet/poster.jpg?hash=80c0dcb700');
  });

  test('Amélie (2001): untagged SDR has no hdr but a quality; an unknown language is its own label', () => {
    const record = movie('Amélie (2001)');
    expect(record.video).not.toHaveProperty('hdr');
    expect(record.video?.mediaQuality).toMatchObject({ format: null, transferCharacteristics: '' });
    expect(labels(record)).toEqual(['French', 'xx']);
  });

  test('Fast & Furious #1 - Test: the file is found through its encoded name', () => {
    expect(withoutProbe('Fast & Furious #1 - Test').video).toMatchObject({
      duration: 4000,
      dimensions: '1920x1080',
    });
  });

  test('100% Wolf: a percent sign in the name', () => {
    expect(withoutProbe('100% Wolf').video).toMatchObject({
      duration: 2000,
      dimensions: '640x360',
      hdr: 'HLG',
    });
  });

  test('Dune Part Two (2024): of several mp4 files the one that urls.mp4 names counts (contract §3.2)', () => {
    const expected = { duration: 5005, dimensions: '720x480' };
    expect(movie('Dune Part Two (2024)').video).toMatchObject(expected);
    expect(withoutProbe('Dune Part Two (2024)').video).toMatchObject(expected);
  });

  test("Ocean's Eleven: an svg logo has no preview; 10-bit SDR stands in hdr", () => {
    const record = movie("Ocean's Eleven");
    expect(record.images.logo).toEqual({ path: "/movies/Ocean's%20Eleven/logo.svg?hash=83e2b303f2" });
    expect(record.video?.hdr).toBe('10-bit SDR (BT.709)');
  });

  test('The Matrix Reloaded (2003): four kinds of captions, sorted by label; manual focal point', () => {
    const record = movie('The Matrix Reloaded (2003)');
    expect(labels(record)).toEqual([
      'English',
      'English Hearing Impaired',
      'French - Auto Generated',
      'Spanish',
    ]);
    expect(caption(record, 'French - Auto Generated')).toMatchObject({ autoGenerated: true, pending: false });
    expect(record.backdropFocal).toBe('left');
  });

  test('first scan: no previews yet (contract §3.2)', () => {
    expect(parsed(firstScan['The Matrix Reloaded (2003)']).images.poster).toEqual({
      path: '/movies/The%20Matrix%20Reloaded%20(2003)/poster.jpg?hash=a11a199961',
    });
  });

  test('pending auto captions: absolute URL, no date, also without a video (contract §3.5)', () => {
    const record = parsed(stubs['Empty Folder']);
    expect(record).not.toHaveProperty('video');
    expect(caption(record, 'English - Auto Generated')).toEqual({
      label: 'English - Auto Generated',
      url: 'https://files.example.com/node/api/captions/track/movie/Empty%20Folder/en',
      srcLang: 'en',
      autoGenerated: true,
      pending: true,
    });
  });
});

describe('failed probes and older shapes (contract §10)', () => {
  const file = 'A Movie.mp4';
  const base = { urls: { mp4: '/movies/A%20Movie/A%20Movie.mp4' } };

  test.each([
    ['0 and ""', { length: { [file]: 0 }, dimensions: { [file]: '' }, additional_metadata: {} }],
    ['null', { length: { [file]: null }, dimensions: { [file]: null }, additional_metadata: null }],
    [
      'nulls inside',
      {
        hdr: null,
        mediaQuality: null,
        additional_metadata: {
          duration: null,
          dimensions: null,
          width: null,
          height: null,
          size: { kb: null, mb: null, gb: null },
        },
      },
    ],
    ['empty texts', { hdr: '', additional_metadata: { duration: 0, dimensions: '', size: null } }],
    ['absent', {}],
  ])('a failed probe (%s) is no measurement', (_name, probe) => {
    expect(parsed({ ...base, ...probe }).video).toEqual({ path: base.urls.mp4 });
  });

  test('without additional_metadata the maps give duration and dimensions of the named file', () => {
    const older = {
      ...base,
      length: { 'Another.mp4': 1, [file]: 7000 },
      dimensions: { 'Another.mp4': '1x1', [file]: '640x480' },
      hdr: 'HDR10',
    };
    expect(parsed(older).video).toEqual({
      path: base.urls.mp4,
      duration: 7000,
      dimensions: '640x480',
      hdr: 'HDR10',
    });
  });

  test('a probe without a duration falls back to the map, member by member', () => {
    const record = parsed({
      ...base,
      length: { [file]: 7000 },
      dimensions: { [file]: '640x480' },
      additional_metadata: { duration: null, width: 1920, height: 1080, size: { kb: 10 } },
    });
    expect(record.video).toMatchObject({ duration: 7000, dimensions: '1920x1080', sizeKb: 10 });
  });

  test.each([
    [{ kb: 1.5, mb: 9, gb: 9 }, 1.5],
    [{ mb: 2 }, 2048],
    [{ kb: null, mb: null, gb: 1 }, 1_048_576],
    [{ kb: 0 }, undefined],
  ])('size %j is %s kB: the most precise unit wins (contract §3.3)', (size, kb) => {
    expect(parsed({ ...base, additional_metadata: { size } }).video?.sizeKb).toBe(kb);
  });

  test.each<[what: string, quality: object]>([
    ['a NUL in a key', { 'a\0b': 1 }],
    ['an operator for a key', { isHDR: { $gt: 1 } }],
    ['the mark of the driver', { _bsontype: 'ObjectId' }],
    ['20,000 levels', nested(20_000)],
  ])('a quality that cannot be stored (%s) is left out alone, and said', (_, quality) => {
    const outcome = parseMovieRecord({ ...base, mediaQuality: quality });
    expect(outcome).toMatchObject({
      ok: true,
      problems: ['left out: mediaQuality: has members that cannot be stored'],
    });
    expect(parsed({ ...base, mediaQuality: quality }).video).toEqual(parsed(base).video);
  });

  test.each(['constructor', '__proto__', 'toString'])(
    'a file called %s is not found in an empty map',
    (name) => {
      const record = parsed({ urls: { mp4: `/movies/x/${name}` }, length: {}, dimensions: {} });
      expect(record.video).toEqual({ path: `/movies/x/${name}` });
    },
  );

  test('a path that is not valid percent-encoding is kept as it is and finds no facts', () => {
    const record = parsed({ urls: { mp4: '/movies/100% Wolf/100% Wolf.mp4' }, length: { other: 5 } });
    expect(record.video).toEqual({ path: '/movies/100% Wolf/100% Wolf.mp4' });
  });

  test('captions without autoGenerated are not auto generated', () => {
    const record = parsed({ urls: { subtitles: { English: { url: '/a.srt', srcLang: 'en' } } } });
    expect(record.captions).toEqual([
      { label: 'English', url: '/a.srt', srcLang: 'en', autoGenerated: false, pending: false },
    ]);
  });

  test('a caption without a URL is not provided and does not cost the title its record (AV-3)', () => {
    const subtitles = {
      English: { url: '', srcLang: 'en' },
      French: { url: null },
      German: null,
      Spanish: { url: '/es.srt', srcLang: null, autoGenerated: null, lastModified: null, pending: null },
    };
    expect(parsed({ urls: { subtitles } }).captions).toEqual([
      { label: 'Spanish', url: '/es.srt', srcLang: '', autoGenerated: false, pending: false },
    ]);
  });

  test('null and "" images, metadata and chapters are not provided (AV-3)', () => {
    const urls = {
      mp4: '',
      poster: null,
      backdrop: '',
      logo: '',
      metadata: '',
      chapters: null,
      subtitles: null,
    };
    expect(parsed({ urls })).toEqual({ images: {}, captions: [] });
  });

  test('a preview without its image is nothing', () => {
    expect(parsed({ urls: { posterBlurhash: '/poster.jpg.blurhash' } }).images).toEqual({});
  });

  test('focal hints: null is a value, absence and "" are not (ST-M8)', () => {
    expect(parsed({ urls: {}, backdropFocal: null })).toEqual({
      images: {},
      captions: [],
      backdropFocal: null,
    });
    expect(parsed({ urls: {}, backdropFocal: '', backdropFocalSuggested: '' })).toEqual({
      images: {},
      captions: [],
    });
  });
});

describe('bad records are reported with the path', () => {
  test.each([
    [null, '(record)'],
    [1.0001, '(record)'],
    [[], '(record)'],
    ['text', '(record)'],
    [{}, 'urls'],
    [{ urls: null }, 'urls'],
    [{ urls: { mp4: 7 } }, 'urls.mp4'],
    [{ urls: { poster: {} } }, 'urls.poster'],
    [{ urls: { subtitles: { English: { url: 7 } } } }, 'urls.subtitles.English.url'],
  ])('%j: %s', (raw, path) => {
    const result = parseMovieRecord(raw);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.problem).toMatch(new RegExp(`^${path.replace(/[().]/g, '\\$&')}: \\S`));
  });

  test.each<[object, string]>([
    [{ length: { 'a.mp4': 'long' } }, 'length.a.mp4'],
    [{ length: 7 }, 'length'],
    [{ dimensions: { 'a.mp4': 7 } }, 'dimensions.a.mp4'],
    [{ mediaQuality: 'HDR10' }, 'mediaQuality'],
    [{ additional_metadata: { size: 12 } }, 'additional_metadata.size'],
    [{ hdr: 3 }, 'hdr'],
    [{ backdropFocal: 3 }, 'backdropFocal'],
  ])('%j: only that is left out, and reported', (detail, path) => {
    const urls = { mp4: '/movies/a/a.mp4' };
    const whole = parseMovieRecord({ urls });
    const rest = parseMovieRecord({ urls, ...detail });
    expect(rest).toMatchObject({ ...whole, problems: [expect.stringContaining(`left out: ${path}: `)] });
  });

  test.each(['autoGenerated', 'pending', 'lastModified', 'srcLang'])('a bad %s of one caption', (flag) => {
    const subtitles = { English: { url: '/en.srt', [flag]: {} }, title: { url: '/title.srt' } };
    const read = parseMovieRecord({ urls: { mp4: '/a.mp4', mediaLastModified: 7, subtitles } });
    expect(read).toMatchObject({
      ok: true,
      record: { captions: [{ url: '/en.srt', autoGenerated: false }, { url: '/title.srt' }] },
      problems: [expect.stringContaining(`urls.subtitles.English.${flag}`)],
    });
  });

  test('a bad detail beside a bad path does not save the record', () => {
    expect(parseMovieRecord({ urls: { mp4: 7 }, hdr: 7 })).toMatchObject({ ok: false });
    expect(parseMovieRecord({ urls: { subtitles: { pending: { url: 7 } } } })).toMatchObject({ ok: false });
  });

  test('many problems are cut to a readable length', () => {
    const result = parseMovieRecord({ urls: { mp4: 1, poster: 2, backdrop: 3, logo: 4, metadata: 5 } });
    expect(result.ok ? [] : result.problem.split('; ')).toHaveLength(3);
  });
});

function labels(record: MovieRecord): string[] {
  return record.captions.map(({ label }) => label);
}

function caption(record: MovieRecord, label: string): CaptionRecord | undefined {
  return record.captions.find((one) => one.label === label);
}

/** The same title as an older server would list it. */
function withoutProbe(title: string): MovieRecord {
  return parsed({ ...movies[title], additional_metadata: undefined });
}

function nested(levels: number): object {
  let deep = {};
  for (let level = 0; level < levels; level += 1) deep = { deep };
  return deep;
}
