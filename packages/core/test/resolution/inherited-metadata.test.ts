import {
  lacksFiles,
  ReelsyncError,
  resolveEpisode,
  resolveSeason,
  type EpisodeRecord,
  type FetchOutcome,
  type FieldValues,
  type ParentContext,
  type Provider,
} from '@reelsync/core';
import { first } from '../support/listings';
import { episodeMetadata, filesWith, pass, type Passed } from '../support/shows';

const TITLE = 'Folder';
const parent: ParentContext = { showId: 'id', seasonId: 'sid', showTitle: 'Display', seasonNumber: 1 };
const failed: FetchOutcome = { status: 'failed', error: new ReelsyncError('SERVER_ERROR', 'no') };
const files = (outcome: FetchOutcome) => (): FetchOutcome => outcome;
const record: EpisodeRecord = {
  number: 1,
  name: 'Derived',
  metadata: '/tv/Folder/01_metadata.json?hash=1',
  images: {},
  captions: [],
};
const providers: readonly Provider<EpisodeRecord>[] = [{ server: first, record }];
const under =
  (context: ParentContext) =>
  (
    input: Omit<Parameters<typeof resolveEpisode>[0], 'title' | 'parent' | 'episodeNumber'>,
    outcomes?: ReadonlyMap<string, FetchOutcome>,
  ) =>
    resolveEpisode({ ...input, title: TITLE, parent: context, episodeNumber: 1 }, outcomes);

describe('ST-E3: what an episode inherited follows the show until a file takes its place', () => {
  const said = (name: string): ParentContext => ({
    ...parent,
    inline: { metadata: { name, overview: `of ${name}` }, serverId: 'default' },
  });
  const missing: FetchOutcome = { status: 'missing' };
  const shows = (name: string) => ({
    title: name,
    overview: `of ${name}`,
    metadata: { name, overview: `of ${name}` },
  });

  test.each([
    ['is not there', missing],
    ['cannot be read', failed],
  ])('its file %s', (_name, outcome) => {
    const first = pass(providers, under(said('TBA')), files(outcome));
    expect(first.document).toMatchObject(shows('TBA'));
    const second = pass(providers, under(said('Ozymandias')), files(outcome), first);
    expect(second.document).toMatchObject(shows('Ozymandias'));
    expect(pass(providers, under(said('Ozymandias')), files(outcome), second).changedFields).toEqual([]);
    const read = pass(providers, under(said('Other')), filesWith(episodeMetadata), second, {
      force: true,
    });
    expect(read.document).toMatchObject({ title: 'Pilot', metadata: episodeMetadata });
    const unread = pass(providers, under(said('Other')), files(outcome), read, { force: true });
    expect(unread.changedFields).toEqual([]);
    expect(
      pass(providers, under(said('Third')), files(outcome), unread, { force: true }).changedFields,
    ).toEqual([]);
  });

  test('a forced pass that finds the file missing, and one that fails after it was missing', () => {
    const first = pass(providers, under(said('TBA')), files(missing));
    const forced = pass(providers, under(said('Two')), files(missing), first, { force: true });
    expect(forced.document).toMatchObject(shows('Two'));
    const broken = pass(providers, under(said('Three')), files(failed), forced, { force: true });
    expect(broken.document).toMatchObject(shows('Three'));
    expect(pass(providers, under(said('Four')), files(missing), broken).document).toMatchObject(
      shows('Four'),
    );
  });

  test('the show says something only later, or nothing any more', () => {
    const silent = pass(providers, under(parent), files(missing));
    expect(silent.document).toMatchObject({ title: 'Derived', metadata: {} });
    const told = pass(providers, under(said('Two')), files(missing), silent);
    expect(told.document).toMatchObject(shows('Two'));
    const silentAgain = pass(providers, under(parent), files(missing), told);
    expect(silentAgain.changedFields).toEqual([]);
    expect(pass(providers, under(said('Three')), files(missing), silentAgain).document).toMatchObject(
      shows('Three'),
    );
  });

  test.each([
    ['is not there', missing],
    ['cannot be read', failed],
  ])('B-43: locked for a while, its file %s: it follows the show again', (_name, outcome) => {
    const before = pass(providers, under(said('TBA')), files(outcome));
    const locked = pass(providers, under(said('Two')), files(outcome), before, { locks: { metadata: true } });
    expect([locked.changedFields, locked.fetches]).toEqual([[], []]);
    expect(lacksFiles(locked.resolution.applied)).toBe(false);
    const unlocked = pass(providers, under(said('Two')), files(outcome), locked);
    expect(unlocked.document).toMatchObject(shows('Two'));
    expect(pass(providers, under(said('Three')), files(outcome), unlocked).document).toMatchObject(
      shows('Three'),
    );
  });

  test('what was stored before Reelsync came is not taken for inherited', () => {
    const legacy = pass(providers, under(parent), filesWith(episodeMetadata));
    const unknown = { ...legacy, resolution: { ...legacy.resolution, applied: {} } };
    for (const outcome of [missing, failed])
      expect(pass(providers, under(said('TBA')), files(outcome), unknown).document).toMatchObject({
        title: 'Pilot',
        metadata: episodeMetadata,
      });
  });
});

describe('what a season inherited follows the show', () => {
  const season = (inline: FieldValues | undefined, before?: Passed, force = false): Passed =>
    pass(
      [{ server: first, record: { images: {}, episodes: [1] } }],
      (input, outcomes) =>
        resolveSeason(
          {
            ...input,
            title: TITLE,
            parent: { ...parent, ...(inline === undefined ? {} : { inline: { metadata: inline } }) },
          },
          outcomes,
        ),
      files(failed),
      before,
      { force },
    );

  test.each([false, true])(
    'a second pass takes the new name and drops what is no longer said (force: %s)',
    (force) => {
      const before = season({ name: 'TBA', overview: 'soon' });
      expect(before.document).toMatchObject({ title: 'TBA', overview: 'soon' });
      const after = season({ name: 'Beginnings' }, before, force);
      expect(after.document).toMatchObject({ title: 'Beginnings', metadata: { name: 'Beginnings' } });
      expect(after.document).not.toHaveProperty('overview');
      expect(season(undefined, after, force).document['metadata']).toEqual({ name: 'Beginnings' });
    },
  );
});
