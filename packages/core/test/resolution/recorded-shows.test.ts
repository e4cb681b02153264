import {
  inlineEpisode,
  inlineSeason,
  joinMediaUrl,
  normalizedVideoId,
  ReelsyncError,
  resolveEpisode,
  resolveSeason,
  resolveShow,
  type FetchOutcome,
  type ParentContext,
  type Provider,
  type SeasonRecord,
  type ShowRecord,
  type EpisodeRecord,
} from '@reelsync/core';
import { first, second } from '../support/listings';
import {
  episodeIn,
  episodeMetadata,
  filesWith,
  listingOf,
  pass,
  PREVIEW,
  showMetadata,
  type Passed,
} from '../support/shows';

const TITLE = 'Breaking Point';
const one = listingOf('tv.json', TITLE);
const two = listingOf('server2.tv.json', TITLE);

const shows: readonly Provider<ShowRecord>[] = [
  { server: first, record: one.show, serverHash: 'h1', contentHash: 'c1' },
  { server: second, record: two.show, serverHash: 'h2', contentHash: 'c2' },
];
const show = (providers = shows, stored?: Passed): Passed =>
  pass(
    providers,
    (input, outcomes) => resolveShow({ ...input, title: TITLE }, outcomes),
    filesWith(showMetadata),
    stored,
  );
/** What the catalogue then says about the show to its children. */
const stored = { metadata: showMetadata, metadataSource: 'default' };

/** A copy without some members. */
function without<T extends object, K extends keyof T>(value: T, ...members: readonly K[]): Omit<T, K> {
  const copy = { ...value };
  for (const member of members) Reflect.deleteProperty(copy, member);
  return copy;
}

describe('a recorded show', () => {
  test('everything from the better server, counts over both (B-39)', () => {
    expect(show().document).toEqual({
      type: 'tvShow',
      title: TITLE,
      titleSource: 'default',
      originalTitle: TITLE,
      originalTitleSource: 'default',
      metadata: showMetadata,
      metadataSource: 'default',
      firstAirDate: new Date('2010-01-20'),
      lastAirDate: new Date('2011-02-01'),
      status: 'Ended',
      overview: 'Overview of Breaking Point',
      genres: showMetadata['genres'],
      networks: showMetadata['networks'],
      numberOfSeasons: 2,
      rating: 8.4,
      seasonCount: 3,
      totalEpisodeCount: 5,
      syncHash: 'h1',
      contentHash: 'c1',
      posterURL: joinMediaUrl(first, '/tv/Breaking%20Point/show_poster.jpg?hash=550241a702'),
      posterSource: 'default',
      posterBlurhash: PREVIEW,
      posterBlurhashSource: 'default',
      backdrop: joinMediaUrl(first, '/tv/Breaking%20Point/show_backdrop.jpg?hash=ae514f2499'),
      backdropSource: 'default',
      backdropBlurhash: PREVIEW,
      backdropBlurhashSource: 'default',
      logo: joinMediaUrl(first, '/tv/Breaking%20Point/show_logo.png?hash=f5873b2ce8'),
      logoSource: 'default',
      backdropFocal: 'center-left',
      backdropFocalSource: 'default',
      backdropFocalSuggested: 'center',
      backdropFocalSuggestedSource: 'default',
    });
  });

  test('a second pass reads nothing and changes nothing', () => {
    const again = show(shows, show());
    expect([again.fetches, again.changedFields]).toEqual([[], []]);
  });

  test('a copy goes when the metadata has it no more; the title stays', () => {
    const before = show();
    const less = without(showMetadata, 'status', 'name');
    const touched = shows.map((provider) => ({
      ...provider,
      record: { ...provider.record, metadata: '/tv/Breaking%20Point/metadata.json?hash=2' },
    }));
    const after = pass(
      touched,
      (input, outcomes) => resolveShow({ ...input, title: TITLE }, outcomes),
      filesWith(less),
      before,
    );
    expect([...after.changedFields].sort()).toEqual(['metadata', 'status']);
    expect(after.document).toMatchObject({ title: TITLE });
    expect(after.document).not.toHaveProperty('status');
  });

  test('another content hash alone is no reason to write, but is taken along (CD-9)', () => {
    const before = show();
    const [best, other] = shows;
    const moved = { ...best!, contentHash: 'c9' };
    expect(show([moved, other!], before).changedFields).toEqual([]);
    const changed = { ...moved, record: { ...moved.record, backdropFocal: 'left' } };
    expect([...show([changed, other!], before).changedFields].sort()).toEqual([
      'backdropFocal',
      'contentHash',
    ]);
  });
});

describe('recorded seasons', () => {
  const season = (number: number, context: Partial<ParentContext> = {}, before?: Passed): Passed => {
    const providers = [
      { server: first, listing: one },
      { server: second, listing: two },
    ].flatMap(({ server, listing }): Provider<SeasonRecord>[] => {
      const found = listing.seasons.find((candidate) => candidate.number === number);
      return found === undefined ? [] : [{ server, record: found.header }];
    });
    const inline = inlineSeason(stored, number);
    const parent = {
      showId: 'id',
      showTitle: 'Display',
      seasonNumber: number,
      ...(inline === undefined ? {} : { inline }),
      ...context,
    };
    return pass(
      providers,
      (input, outcomes) => resolveSeason({ ...input, title: TITLE, parent }, outcomes),
      filesWith({}),
      before,
    );
  };

  test('header from the show’s metadata, poster from the best server', () => {
    const [element] = showMetadata['seasons'] as readonly object[];
    expect(season(1).document).toEqual({
      type: 'season',
      showId: 'id',
      showTitle: 'Display',
      seasonNumber: 1,
      title: 'Season 1',
      titleSource: 'default',
      originalTitle: 'Season 1',
      originalTitleSource: 'default',
      metadata: element,
      metadataSource: 'default',
      airDate: new Date('2010-01-20'),
      overview: 'Season 1 overview',
      posterPath: '/sp1.jpg',
      rating: 8,
      episodeCount: 2,
      posterURL: joinMediaUrl(first, '/tv/Breaking%20Point/Season%201/season_poster.jpg?hash=3a444d0b7e'),
      posterSource: 'default',
      posterBlurhash: PREVIEW,
      posterBlurhashSource: 'default',
    });
  });

  test('one that the metadata does not know: `Season N`, as many episodes as servers list', () => {
    expect(season(3).document).toEqual({
      type: 'season',
      showId: 'id',
      showTitle: 'Display',
      seasonNumber: 3,
      title: 'Season 3',
      titleSource: 'server2',
      originalTitle: 'Season 3',
      originalTitleSource: 'server2',
      metadata: {},
      episodeCount: 1,
    });
  });

  test('a name that the metadata no longer gives becomes `Season N` again', () => {
    const named = season(1, {
      inline: { metadata: { season_number: 1, name: 'Beginnings', overview: 'o' } },
    });
    expect(named.document).toMatchObject({ title: 'Beginnings', overview: 'o' });
    const unnamed = season(1, { inline: { metadata: { season_number: 1 } } }, named);
    expect(unnamed.document).toMatchObject({ title: 'Season 1', metadata: { season_number: 1 } });
    expect(unnamed.document).not.toHaveProperty('overview');
    expect(season(1, { inline: { metadata: { season_number: 1 } } }, unnamed).changedFields).toEqual([]);
  });
});

describe('recorded episodes', () => {
  const parent: ParentContext = { showId: 'id', seasonId: 'sid', showTitle: 'Display', seasonNumber: 1 };
  const providersOf = (number: number): Provider<EpisodeRecord>[] => [
    { server: first, record: episodeIn(one, 1, number) },
    { server: second, record: episodeIn(two, 1, number) },
  ];
  const resolveWith =
    (context: ParentContext, episodeNumber = 1) =>
    (
      input: Omit<Parameters<typeof resolveEpisode>[0], 'title' | 'parent' | 'episodeNumber'>,
      outcomes?: ReadonlyMap<string, FetchOutcome>,
    ) =>
      resolveEpisode({ ...input, title: TITLE, parent: context, episodeNumber }, outcomes);
  const failed: FetchOutcome = { status: 'failed', error: new ReelsyncError('SERVER_ERROR', 'no') };
  const files =
    (metadata: FetchOutcome) =>
    ({ content }: { readonly content: string }): FetchOutcome =>
      content === 'metadata' ? metadata : { status: 'fresh', content: PREVIEW };

  test('both servers hold it: everything from the better one (B-2), size in kilobytes', () => {
    const { document } = pass(providersOf(1), resolveWith(parent), filesWith(episodeMetadata));
    const { video } = episodeIn(one, 1, 1);
    const videoURL = joinMediaUrl(first, video?.path ?? '');
    expect(document).toMatchObject({
      type: 'episode',
      title: 'Pilot',
      originalTitle: TITLE,
      showId: 'id',
      seasonId: 'sid',
      showTitle: 'Display',
      seasonNumber: 1,
      episodeNumber: 1,
      videoURL,
      normalizedVideoId: normalizedVideoId(videoURL),
      size: video?.sizeKb,
      duration: 4000,
      airDate: new Date('2010-01-20'),
      thumbnailBlurhash: PREVIEW,
    });
    const sources = Object.entries(document).filter(([field]) => field.endsWith('Source'));
    expect(new Set(sources.map(([, source]) => source))).toEqual(new Set(['default']));
    expect(sources.map(([field]) => field).sort()).toEqual([
      'captionSource',
      'chapterSource',
      'metadataSource',
      'originalTitleSource',
      'thumbnailBlurhashSource',
      'thumbnailSource',
      'titleSource',
      'videoInfoSource',
      'videoSource',
    ]);
  });

  test('ST-E3: while its file cannot be read, the show’s inline data is shown; then the file replaces it', () => {
    const seasons = [{ season_number: 1, episodes: [{ episode_number: 1, name: 'Inline', overview: 'i' }] }];
    const inline = inlineEpisode({ metadata: { seasons }, metadataSource: 'server2' }, 1, 1);
    const context = { ...parent, ...(inline === undefined ? {} : { inline }) };
    const shown = pass(providersOf(1), resolveWith(context), files(failed));
    expect(shown.document).toMatchObject({ title: 'Inline', overview: 'i', metadataSource: 'server2' });
    expect(shown.resolution.failures).toHaveLength(1);
    // No version: the file is still to be read.
    expect(shown.resolution.applied).toMatchObject({ metadata: ' (inherited)' });
    const read = pass(providersOf(1), resolveWith(context), filesWith(episodeMetadata), shown);
    expect(read.document).toMatchObject({
      title: 'Pilot',
      metadata: episodeMetadata,
      metadataSource: 'default',
    });
    const failedLater = pass(
      providersOf(1).map((provider) => ({
        ...provider,
        record: { ...provider.record, metadata: '/tv/x/01_metadata.json?hash=new' },
      })),
      resolveWith(context),
      files(failed),
      read,
    );
    expect(failedLater.changedFields).toEqual([]);
  });

  test('without any file the inline data follows the show; what a file said stays (§2.3, §5.3)', () => {
    const bare = providersOf(1).map((provider) => ({
      ...provider,
      record: without(provider.record, 'metadata'),
    }));
    const said = (name: string): ParentContext => ({
      ...parent,
      inline: { metadata: { name }, serverId: 'default' },
    });
    const before = pass(bare, resolveWith(said('One')), files(failed));
    expect(before.document).toMatchObject({
      title: 'One',
      metadata: { name: 'One' },
      metadataSource: 'default',
    });
    expect(before.resolution.failures).toEqual([]);
    expect(pass(bare, resolveWith(said('Two')), files(failed), before).document).toMatchObject({
      title: 'Two',
    });
    expect(
      pass(bare, resolveWith(said('Two')), files(failed), before, { authoritative: false }).document,
    ).toMatchObject({
      title: 'Two',
    });
    const read = pass(providersOf(1), resolveWith(said('One')), filesWith(episodeMetadata));
    for (const authoritative of [true, false])
      expect(
        pass(bare, resolveWith(said('Two')), files(failed), read, { authoritative }).changedFields,
      ).toEqual([]);
  });

  test('B-16: no metadata at all: the derived name of the best server that has one, else the number', () => {
    const missing = files({ status: 'missing' });
    const { document } = pass(providersOf(2), resolveWith(parent, 2), missing);
    expect(document).toMatchObject({ title: "The Cat's in the Bag", titleSource: 'default', metadata: {} });
    const nameless = providersOf(2).map((provider) => ({
      ...provider,
      record: without(provider.record, 'name'),
    }));
    const numbered = pass(nameless, resolveWith(parent, 2), missing);
    expect(numbered.document).toMatchObject({ title: 'Episode 2' });
    expect(pass(providersOf(2), resolveWith(parent, 2), missing, numbered).document).toMatchObject({
      title: "The Cat's in the Bag",
    });
  });
});
