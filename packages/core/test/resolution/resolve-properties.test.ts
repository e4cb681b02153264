import fc from 'fast-check';
import {
  deepEqual,
  joinMediaUrl,
  movieFields,
  normalizedVideoId,
  resolveMovie,
  ReelsyncError,
  type FetchOutcome,
} from '@reelsync/core';
import { junk, locks, providers, someProviders } from '../support/arbitraries';
import {
  everyFile,
  lockedPaths,
  NO_WRITE,
  NOTHING,
  NOW,
  sync,
  valueAt,
  type Document,
  type Files,
  type Stored,
} from '../support/catalogue';

/** "Title hash at the last successful metadata write" is history by definition (§1.3). */
const HISTORICAL = ['metadataHash'];

const LATER = new Date(NOW.getTime() + 60_000);

/** Some previews are not there (404), decided by the token of their image. */
const isMissing = (...[fetch, list]: Parameters<Files>): boolean => {
  const record = list.find(({ server }) => server.id === fetch.server.id)?.record;
  const image = fetch.key === 'posterBlurhash' ? record?.images.poster : record?.images.backdrop;
  return fetch.content === 'blurhash' && image?.path.endsWith('t0') === true;
};

const somePreviewsMissing: Files = (fetch, list) =>
  isMissing(fetch, list) ? { status: 'missing' } : everyFile(fetch, list);

/** Documents as they really come about: left by others, then synchronised a few times. */
const stored: fc.Arbitrary<Stored> = fc
  .tuple(fc.option(junk), fc.array(someProviders, { maxLength: 2 }))
  .map(([document, history]) =>
    history.reduce<Stored>((before, list) => sync(before, { providers: list, files: somePreviewsMissing }), {
      document,
      applied: {},
    }),
  );

describe('fixpoint: a second resolution over the applied document writes nothing and reads only what was missing (ST-1)', () => {
  test('whatever was stored and locked', () => {
    fc.assert(
      fc.property(stored, someProviders, locks, fc.boolean(), (before, list, tree, authoritative) => {
        const input = { providers: list, locks: tree, authoritative, files: somePreviewsMissing };
        const once = sync(before, input);
        const twice = sync(once, { ...input, now: LATER });
        expect(twice.plan).toEqual(NO_WRITE);
        expect(twice.fetches.filter((fetch) => !isMissing(fetch, list))).toEqual([]);
        expect(twice.applied).toEqual(once.applied);
        // A forced read is a new "last successful read" of metadata (§1.3 metadataHash); nothing else may move.
        const forced = sync(once, { ...input, now: LATER, force: true });
        expect(forced.plan.changedFields.filter((field) => field !== 'metadataHash')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('also when reads fail: the same reads stay planned, nothing is written again', () => {
    const failed: FetchOutcome = { status: 'failed', error: new ReelsyncError('SERVER_ERROR', 'down') };
    fc.assert(
      fc.property(stored, someProviders, locks, (before, list, tree) => {
        const input = { providers: list, locks: tree, files: () => failed };
        const once = sync(before, input);
        const twice = sync(once, { ...input, now: LATER });
        expect(twice.plan).toEqual(NO_WRITE);
        expect(twice.fetches).toEqual(once.fetches);
        expect(twice.resolution.failures).toHaveLength(once.fetches.length);
      }),
    );
  });
});

describe('level-triggered: the document follows from the last listings, not from how it came about', () => {
  /** Always decided by the last set of providers, their absence included. */
  const CURRENT = [
    ...['poster', 'backdrop', 'logo', 'chapters', 'captions', 'posterBlurhash', 'backdropBlurhash'],
  ];
  /** Kept when no server of the last set provides the group (ST-M9, ST-M8, B-22, CD-9), else decided by it. */
  const KEPT = ['video', 'backdropFocal', 'backdropFocalSuggested', 'metadata', 'syncHash'];
  test('the lists above cover the whole table', () => {
    expect([...CURRENT, ...KEPT].sort()).toEqual(movieFields.map(({ name }) => name).sort());
  });

  test('any sequence of listings ends in the document that the last one alone would give', () => {
    fc.assert(
      fc.property(fc.array(providers, { maxLength: 4 }), someProviders, (history, last) => {
        const before = history.reduce<Stored>(
          // A title that no server lists decides nothing; it may come back (CL-2).
          (state, list) =>
            list.length === 0 ? state : sync(state, { providers: list, files: somePreviewsMissing }),
          NOTHING,
        );
        const actual = sync(before, { providers: last, files: somePreviewsMissing, now: LATER }).document;
        const fresh = sync(NOTHING, { providers: last, files: somePreviewsMissing }).document;
        for (const group of movieFields) {
          const provided = last.some((one) => group.provides(one));
          const expected = provided || CURRENT.includes(group.name) ? fresh : (before.document ?? fresh);
          const fields = [...group.fields, ...Object.keys(group.sources)];
          expect(membersOf(actual, fields)).toEqual(membersOf(expected, fields));
        }
        // Readers rely on the order of languages (ST-M11), which equality of objects does not see.
        expect(JSON.stringify(actual['captionURLs'])).toBe(JSON.stringify(fresh['captionURLs']));
        expect(actual).toMatchObject({ type: 'movie', originalTitle: fresh['originalTitle'] });
      }),
      { numRuns: 200 },
    );
  });

  test('the order in which servers were read makes no difference', () => {
    fc.assert(
      fc.property(
        stored,
        someProviders.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        (before, [list, shuffled]) => {
          const rank = new Map(list.map(({ server }, i) => [server.id, i]));
          const sorted = [...shuffled].sort(
            (a, b) => (rank.get(a.server.id) ?? 0) - (rank.get(b.server.id) ?? 0),
          );
          const { document, applied } = sync(before, { providers: sorted });
          expect({ document, applied }).toEqual(
            ((result) => ({ document: result.document, applied: result.applied }))(
              sync(before, { providers: list }),
            ),
          );
        },
      ),
    );
  });
});

describe('ownership (§2.3)', () => {
  test('every listed field comes from the best server that provides it, groups as a whole (AV-1, AV-8, B-2)', () => {
    fc.assert(
      fc.property(stored, someProviders, (before, list) => {
        const { document } = sync(before, { providers: list });
        const images = [
          ['poster', 'posterURL'],
          ['backdrop', 'backdrop'],
          ['logo', 'logo'],
        ] as const;
        for (const [name, field] of images) {
          const owner = list.find(({ record }) => record.images[name] !== undefined);
          expect(document[field]).toBe(
            owner && joinMediaUrl(owner.server, owner.record.images[name]?.path ?? ''),
          );
          expect(document[`${name}Source`]).toBe(owner?.server.id);
        }
        const owner = list.find(({ record }) => record.video !== undefined);
        if (owner?.record.video === undefined) return;
        const { path, duration, dimensions, hdr, mediaQuality } = owner.record.video;
        const videoURL = joinMediaUrl(owner.server, path);
        expect(document).toMatchObject({
          videoURL,
          videoSource: owner.server.id,
          videoInfoSource: owner.server.id,
        });
        expect([
          document['duration'],
          document['dimensions'],
          document['hdr'],
          document['mediaQuality'],
        ]).toEqual([duration, dimensions, hdr, mediaQuality]);
      }),
    );
  });

  test('every language comes from the best server that lists it (AV-7)', () => {
    fc.assert(
      fc.property(stored, someProviders, (before, list) => {
        const { document } = sync(before, { providers: list });
        const labels = new Set(list.flatMap(({ record }) => record.captions.map(({ label }) => label)));
        const actual = (document['captionURLs'] ?? {}) as Record<string, Document>;
        expect(new Set(Object.keys(actual))).toEqual(labels);
        for (const label of labels) {
          const owner = list.find(({ record }) => record.captions.some((one) => one.label === label));
          expect(actual[label]?.['sourceServerId']).toBe(owner?.server.id);
        }
        expect(document['captionSource']).toBe(Object.values(actual)[0]?.['sourceServerId']);
      }),
    );
  });

  test('a preview and its image have one owner (AV-8)', () => {
    fc.assert(
      fc.property(stored, someProviders, (before, list) => {
        const { document } = sync(before, { providers: list, files: somePreviewsMissing });
        for (const image of ['poster', 'backdrop']) {
          const source = document[`${image}BlurhashSource`];
          expect([undefined, document[`${image}Source`]]).toContain(source);
          expect(document[`${image}Blurhash`] === undefined).toBe(source === undefined);
        }
      }),
    );
  });

  test('B-4, DM-6: normalizedVideoId always belongs to the stored videoURL', () => {
    fc.assert(
      fc.property(fc.array(someProviders, { minLength: 1, maxLength: 3 }), locks, (history, tree) => {
        let state: Stored = NOTHING;
        for (const [i, list] of history.entries()) {
          state = sync(state, { providers: list, locks: i === 0 ? {} : tree });
          const videoURL = state.document?.['videoURL'];
          expect(state.document?.['normalizedVideoId']).toBe(
            typeof videoURL === 'string' ? normalizedVideoId(videoURL) : undefined,
          );
        }
      }),
    );
  });
});

describe('what must never happen', () => {
  test('a locked value changes (§1.2)', () => {
    fc.assert(
      fc.property(stored, someProviders, locks, fc.boolean(), (before, list, tree, authoritative) => {
        const { document } = sync(before, {
          providers: list,
          locks: tree,
          authoritative,
          files: somePreviewsMissing,
        });
        for (const path of lockedPaths(tree)) {
          expect(deepEqual(valueAt(document, path), valueAt(before.document, path))).toBe(true);
        }
      }),
    );
  });

  test('a field that no server provides is cleared before all servers have answered (§5.3, CL-1)', () => {
    fc.assert(
      fc.property(stored, someProviders, (before, list) => {
        const { document, resolution } = sync(before, { providers: list, authoritative: false });
        expect(resolution.absent).toEqual([]);
        // A preview stands and falls with the image that it shows: a new image takes the old preview along.
        const unprovided = movieFields.filter((group) => {
          const leader = group.kind === 'fetched' ? (group.follows ?? group) : group;
          return !list.some((one) => leader.provides(one));
        });
        // Structure is healed (ST-M2): an empty title or no metadata.
        const kept = unprovided
          .flatMap((group) => group.fields)
          .filter((field) => before.document?.[field] != null && before.document[field] !== '');
        expect(membersOf(document, kept)).toEqual(membersOf(before.document ?? {}, kept));
      }),
    );
  });

  test('a field is set and removed at once, or absence cleanup removes what it does not announce', () => {
    fc.assert(
      fc.property(stored, someProviders, locks, fc.boolean(), (before, list, tree, authoritative) => {
        const { resolution } = sync(before, { providers: list, locks: tree, authoritative });
        expect(resolution.unset.filter((field) => Object.hasOwn(resolution.set, field))).toEqual([]);
        expect(resolution.absent.filter((field) => !resolution.unset.includes(field))).toEqual([]);
        for (const value of Object.values(resolution.set)) expect(value).toBeDefined();
      }),
    );
  });

  test('fields outside the table, such as legacy ones, are touched', () => {
    fc.assert(
      fc.property(stored, someProviders, (before, list) => {
        const { document } = sync(before, { providers: list });
        expect(document['videoInfo']).toBe(before.document?.['videoInfo']);
      }),
    );
  });

  test('the input is changed', () => {
    fc.assert(
      fc.property(stored, someProviders, locks, (before, list, tree) => {
        const input = {
          title: 'T',
          providers: frozen(list),
          current: frozen(before.document),
          locks: frozen(tree),
          authoritative: true,
          applied: frozen(before.applied),
          force: false,
          toUrl: joinMediaUrl,
          now: NOW,
        };
        expect(resolveMovie(input)).toEqual(resolveMovie(input));
      }),
    );
  });
});

function membersOf(document: Document, fields: readonly string[]): Document {
  const known = fields.filter((field) => !HISTORICAL.includes(field) && document[field] !== undefined);
  return Object.fromEntries(known.map((field) => [field, document[field]]));
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
