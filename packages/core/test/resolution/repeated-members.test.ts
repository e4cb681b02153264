import {
  resolveEpisode,
  resolveSeason,
  resolveShow,
  type EpisodeRecord,
  type FieldValues,
  type LockTree,
  type ParentContext,
  type SeasonRecord,
  type ShowRecord,
} from '@reelsync/core';
import { NOTHING, sync, type Document } from '../support/catalogue';
import { first, provider } from '../support/listings';
import { filesWith, pass, type Passed } from '../support/shows';

const parent: ParentContext = { showId: 'id', seasonId: 'sid', showTitle: 'Display', seasonNumber: 1 };
const said = (version: number): FieldValues => ({
  name: `Name ${version}`,
  overview: `server ${version}`,
  air_date: `2020-01-0${version}`,
  first_air_date: `2020-01-0${version}`,
});

type Sync = (version: number, before?: Passed, locks?: LockTree) => Passed;

const syncShow: Sync = (version, before, locks) => {
  const record: ShowRecord = { images: {}, metadata: `/tv/m.json?hash=${version}`, seasons: [] };
  return pass(
    [{ server: first, record }],
    (input, outcomes) => resolveShow({ ...input, title: 'Folder' }, outcomes),
    filesWith(said(version)),
    before,
    locks === undefined ? {} : { locks },
  );
};

const syncSeason: Sync = (version, before, locks) => {
  const record: SeasonRecord = { images: {}, episodes: [1] };
  const inline = { metadata: said(version), serverId: first.id };
  return pass(
    [{ server: first, record }],
    (input, outcomes) =>
      resolveSeason({ ...input, title: 'Folder', parent: { ...parent, inline } }, outcomes),
    filesWith({}),
    before,
    locks === undefined ? {} : { locks },
  );
};

const syncEpisode: Sync = (version, before, locks) => {
  const record: EpisodeRecord = {
    number: 1,
    metadata: `/tv/1.json?hash=${version}`,
    images: {},
    captions: [],
  };
  return pass(
    [{ server: first, record }],
    (input, outcomes) => resolveEpisode({ ...input, title: 'Folder', parent, episodeNumber: 1 }, outcomes),
    filesWith(said(version)),
    before,
    locks === undefined ? {} : { locks },
  );
};

describe('RP-3: what repeats members of the metadata repeats the locked ones, too', () => {
  const edited = (stored: Passed, mine: FieldValues): Passed => ({
    ...stored,
    document: { ...stored.document, metadata: { ...metadataOf(stored.document), ...mine } },
  });
  const metadataOf = (document: Document): FieldValues => document['metadata'] as FieldValues;

  describe.each<[string, Sync, string, string]>([
    ['show', syncShow, 'first_air_date', 'firstAirDate'],
    ['season', syncSeason, 'air_date', 'airDate'],
    ['episode', syncEpisode, 'air_date', 'airDate'],
  ])('of a %s', (_kind, syncOne, member, copy) => {
    const mine = { name: 'Mine', [member]: '1999-09-09' };

    test('another word of the server changes the open ones only', () => {
      const locks = { metadata: { name: true, [member]: true } };
      const changed = syncOne(2, edited(syncOne(1), mine), locks);
      expect(changed.document).toMatchObject({
        metadata: { ...said(2), ...mine },
        title: 'Mine',
        [copy]: new Date('1999-09-09'),
        overview: 'server 2',
      });
      expect(syncOne(2, changed, locks).changedFields).toEqual([]);
      expect(syncOne(2, changed).document).toEqual(syncOne(2).document);
    });

    test('an admin changes what is locked, while the file stays as it was read', () => {
      const locks = { metadata: { overview: true, [member]: true } };
      const locked = syncOne(1, syncOne(1), locks);
      const changed = syncOne(1, edited(locked, { ...mine, overview: null }), locks);
      expect(changed.document).toMatchObject({ [copy]: new Date('1999-09-09') });
      expect(changed.document).not.toHaveProperty('overview');
    });

    test('a copy that is itself locked stays', () => {
      const stored = syncOne(1);
      const locks = { metadata: { overview: true }, overview: true };
      const changed = syncOne(2, { ...stored, document: { ...stored.document, overview: 'By hand' } }, locks);
      expect(changed.document).toMatchObject({ overview: 'By hand', metadata: { overview: 'server 1' } });
    });
  });

  test('an episode whose name an admin took away has the default title again', () => {
    const stored = syncEpisode(1);
    const { name: _, ...nameless } = metadataOf(stored.document);
    const changed = syncEpisode(
      2,
      { ...stored, document: { ...stored.document, metadata: nameless } },
      { metadata: { name: true } },
    );
    expect(changed.document).toMatchObject({ title: 'Episode 1' });
    expect(changed.document['metadata']).not.toHaveProperty('name');
  });

  test('of a movie: its title', () => {
    const of = (hash: string) => [provider(first, { metadata: `/metadata.json?hash=${hash}` }, hash)];
    const stored = sync(NOTHING, { providers: of('1') });
    const document = {
      ...stored.document,
      metadata: { ...metadataOf(stored.document), title: 'Mine' },
    };
    const locks = { metadata: { title: true } };
    const changed = sync({ ...stored, document }, { providers: of('2'), locks });
    expect(changed.document).toMatchObject({
      title: 'Mine',
      metadata: { title: 'Mine', overview: 'Overview by default metadata.json?hash=2' },
      metadataHash: '2',
    });
    const again = sync(changed, { providers: of('2'), locks });
    expect([again.fetches, again.plan.changedFields]).toEqual([[], []]);
    expect(sync(again, { providers: of('2') }).document).toMatchObject({
      title: 'Title by default metadata.json?hash=2',
    });
  });
});
