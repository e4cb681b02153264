import { movieFields, OPERATIONS } from '@reelsync/core';
import { recordedProvider, first } from '../support/listings';
import { NOTHING, sync } from '../support/catalogue';

/** Fields that the catalogue has (sync-semantics §1.3) and that come from file servers. */
const SERVER_FIELDS = [
  'backdrop',
  'backdropBlurhash',
  'backdropFocal',
  'backdropFocalSuggested',
  'captionURLs',
  'chapterURL',
  'dimensions',
  'duration',
  'hdr',
  'logo',
  'mediaLastModified',
  'mediaQuality',
  'metadata',
  'metadataHash',
  'normalizedVideoId',
  'posterBlurhash',
  'posterURL',
  'size',
  'syncHash',
  'syncVersion',
  'title',
  'videoURL',
];

const SOURCES = [
  'backdropBlurhashSource',
  'backdropFocalSource',
  'backdropFocalSuggestedSource',
  'backdropSource',
  'captionSource',
  'chapterSource',
  'logoSource',
  'metadataSource',
  'posterBlurhashSource',
  'posterSource',
  'titleSource',
  'videoInfoSource',
  'videoSource',
];

describe('movieFields: a row for every field, and one row only (AV-2)', () => {
  const fields = movieFields.flatMap((group) => group.fields);
  const sources = movieFields.flatMap((group) => Object.entries(group.sources));

  test('all fields of the catalogue that come from servers, each in one group', () => {
    expect([...fields].sort()).toEqual(SERVER_FIELDS);
  });

  test('all provenance fields, each describing a field of its own group', () => {
    expect(sources.map(([source]) => source).sort()).toEqual(SOURCES);
    for (const group of movieFields) {
      for (const field of Object.values(group.sources)) expect(group.fields).toContain(field);
    }
  });

  test('names are unique and every group belongs to a known strategy', () => {
    expect(new Set(movieFields.map(({ name }) => name)).size).toBe(movieFields.length);
    for (const { operation } of movieFields) expect(OPERATIONS).toContain(operation);
  });

  test('followers follow a row of this table', () => {
    const leaders = movieFields.flatMap((group) => (group.kind === 'fetched' && group.follows) || []);
    expect(leaders.map(({ name }) => name)).toEqual(['poster', 'backdrop']);
    for (const leader of leaders) expect(movieFields).toContain(leader);
  });

  test('an empty record provides nothing: unknown is not allowed (AV-2)', () => {
    const nothing = { server: first, record: { images: {}, captions: [] } };
    const providing = movieFields.filter((group) => group.provides(nothing));
    // Not of the record: whether the server gave a hash or not is what decides.
    expect(providing.map(({ name }) => name)).toEqual(['syncHash']);
  });

  test('a resolved document holds fields of the table and structure only', () => {
    const { document } = sync(NOTHING, {
      providers: [recordedProvider(first, 'The Matrix Reloaded (2003)')],
    });
    const known = [...SERVER_FIELDS, ...SOURCES, 'type', 'originalTitle', 'originalTitleSource'];
    const structure = ['initialDiscoveryDate', 'initialDiscoveryServer'];
    expect(Object.keys(document).filter((field) => ![...known, ...structure].includes(field))).toEqual([]);
  });
});
