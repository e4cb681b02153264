import { movieFields, normalizedVideoId, type MovieRecord, type Provider } from '@reelsync/core';
import { everyFile, NOTHING, sync, type Files } from '../support/catalogue';
import { first, provider, recordedProvider, second } from '../support/listings';

const matrix = 'The Matrix Reloaded (2003)';
const both = (title: string): Provider<MovieRecord>[] => [
  recordedProvider(first, title),
  recordedProvider(second, title),
];

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
