import { normalizedVideoId } from '@reelsync/core';
import { EpisodeRepository, type NeedingSyncQuery } from '@reelsync/database';
import { NOW } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';
import { episode, LOST, OFFICE_UK, OFFICE_US, seasonIdOf } from './support/tv';

const database = useTestDatabase();
const LATER = new Date(NOW.getTime() + 60_000);
const CAPTIONS = { English: { srcLang: 'en', url: 'http://a/en.vtt', sourceServerId: 's1' } };

let episodes: EpisodeRepository;
const stored = () => database.catalogue.collection('FlatEpisodes');
const numbers = async (found: AsyncIterable<{ readonly episodeNumber: number }>) =>
  (await collect(found)).map(({ episodeNumber }) => episodeNumber);

beforeAll(async () => {
  episodes = new EpisodeRepository(database.catalogue, { now: () => NOW });
  await episodes.createIndexes();
});
beforeEach(() => stored().deleteMany({}));

describe('finding', () => {
  it('loads whole seasons, by number, with one query for those asked for at the same time', async () => {
    for (const [showId, season, number] of [
      [LOST, 1, 10],
      [LOST, 1, 2],
      [LOST, 2, 1],
      [LOST, 11, 1],
      [OFFICE_UK, 1, 1],
      [OFFICE_US, 1, 1],
    ] as const)
      await episodes.save(episode(showId, season, number));
    database.resetCommands();
    const found = await Promise.all([
      episodes.loadSeason(LOST, 1),
      episodes.findByShowAndSeason(LOST, 2),
      episodes.loadSeason(OFFICE_UK, 1),
      episodes.loadSeason(OFFICE_UK, 2),
    ]);
    const keys = found.map((season) => season.map((document) => [document.showId, document.episodeNumber]));
    expect(keys).toEqual([
      [
        [LOST, 2],
        [LOST, 10],
      ],
      [[LOST, 1]],
      [[OFFICE_UK, 1]],
      [],
    ]);
    expect(database.commands('find', 'FlatEpisodes')).toHaveLength(1);
    await expect(episodes.findEpisode(LOST, 11, 1)).resolves.toMatchObject({ seasonNumber: 11 });
    await expect(episodes.findEpisode(LOST, 11, 2)).resolves.toBeNull();
    await expect(episodes.getEpisodeCount(LOST)).resolves.toBe(4);
    await expect(episodes.getEpisodeCount(LOST, 1)).resolves.toBe(2);
  });

  it('finds episodes without a video or thumbnail, of one show or of all', async () => {
    await episodes.save(episode(LOST, 1, 1, { videoURL: 'http://a/v', thumbnail: 't' }));
    await episodes.save(episode(LOST, 1, 2, { videoURL: 'http://a/v' }));
    await episodes.save(episode(LOST, 1, 3, { thumbnail: 't' }));
    await episodes.save(episode(OFFICE_UK, 1, 4));
    await expect(numbers(episodes.findMissingVideo(LOST))).resolves.toEqual([3]);
    await expect(numbers(episodes.findMissingThumbnails(LOST))).resolves.toEqual([2]);
    await expect(numbers(episodes.findMissingVideo())).resolves.toEqual([4, 3]);
    await expect(numbers(episodes.findMissingThumbnails(undefined, { limit: 1 }))).resolves.toEqual([4]);
  });

  it('finds what was written since, per show', async () => {
    await episodes.save(episode(LOST, 1, 1), { now: LATER });
    await episodes.save(episode(LOST, 1, 2), { now: NOW });
    await episodes.save(episode(OFFICE_UK, 1, 3), { now: LATER });
    await expect(numbers(episodes.findModifiedSinceByShow(LOST, LATER))).resolves.toEqual([1]);
    await expect(numbers(episodes.findModifiedSinceByShow(LOST, NOW))).resolves.toEqual([2, 1]);
  });

  it('finds episodes for which at least one reason holds', async () => {
    const complete = { videoURL: 'http://a/v', thumbnail: 't', captionURLs: CAPTIONS };
    await episodes.save(episode(LOST, 1, 1, complete), { now: LATER });
    await episodes.save(episode(LOST, 1, 2, { ...complete, videoURL: '' }), { now: LATER });
    await episodes.save(episode(LOST, 1, 3, { ...complete, captionURLs: {} }), { now: LATER });
    await episodes.save(episode(LOST, 1, 4, complete), { now: NOW });
    await stored().insertOne({ ...episode(LOST, 1, 5, complete) });
    await episodes.save(episode(OFFICE_UK, 1, 6), { now: LATER });
    const needing = (query: NeedingSyncQuery) => numbers(episodes.findNeedingSync(query));
    await expect(needing({})).resolves.toEqual([]);
    await expect(needing({ showId: LOST })).resolves.toEqual([]);
    await expect(needing({ missingVideo: true })).resolves.toEqual([6, 2]);
    await expect(needing({ missingThumbnails: true })).resolves.toEqual([6]);
    await expect(needing({ missingCaptions: true, showId: LOST })).resolves.toEqual([3]);
    // Documents of the earlier sync bear no date (CL-7).
    await expect(needing({ olderThan: LATER })).resolves.toEqual([4, 5]);
    const all = { missingVideo: true, missingCaptions: true, olderThan: LATER, showId: LOST };
    await expect(needing(all)).resolves.toEqual([2, 3, 4, 5]);
    await expect(needing({ ...all, limit: 2 })).resolves.toEqual([2, 3]);
  });
});

describe('writing a season', () => {
  it('smartBulkUpsert: one write for what differs, nothing for the rest, ids stay', async () => {
    for (const number of [1, 2, 3]) await episodes.save(episode(LOST, 1, number, { overview: 'old' }));
    const before = await episodes.loadSeason(LOST, 1);
    database.resetCommands();
    const results = await episodes.smartBulkUpsert(
      [
        { entity: episode(LOST, 1, 1, { overview: 'new' }), existing: before[0]! },
        { entity: episode(LOST, 1, 2), existing: before[1]! },
        { entity: episode(LOST, 1, 3), existing: before[2]!, unset: ['overview'] },
        { entity: episode(LOST, 1, 4), existing: null },
      ],
      { now: LATER },
    );
    expect(results).toMatchObject([
      { outcome: 'updated', changedFields: ['overview'] },
      { outcome: 'unchanged' },
      { outcome: 'updated', changedFields: ['overview'] },
      { outcome: 'created' },
    ]);
    const [command, ...others] = database.commands('update', 'FlatEpisodes');
    expect(others).toEqual([]);
    expect(command?.command).toMatchObject({ ordered: false });
    expect(database.commands('find', 'FlatEpisodes')).toEqual([]);
    const after = await episodes.loadSeason(LOST, 1);
    expect(after.slice(0, 3).map(({ _id }) => _id)).toEqual(before.map(({ _id }) => _id));
    expect(after.map(({ overview }) => overview)).toEqual(['new', 'old', undefined, undefined]);
    database.resetCommands();
    const again = await episodes.smartBulkUpsert(
      after.map((existing) => ({ entity: { ...existing }, existing })),
      { now: LATER },
    );
    expect(again.every(({ outcome }) => outcome === 'unchanged')).toBe(true);
    expect(database.commands('update')).toEqual([]);
  });

  it('an episode that cannot be stored does not keep the others from being written', async () => {
    const tooLarge = 'x'.repeat(17 * 1024 * 1024);
    const write = episodes.smartBulkUpsert(
      [1, 2, 3].map((number) => ({
        entity: episode(LOST, 1, number, number === 2 ? { overview: tooLarge } : {}),
        existing: null,
      })),
      { now: NOW },
    );
    await expect(write).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
    await expect(numbers(episodes.findByShow(LOST))).resolves.toEqual([1, 3]);
  });

  it('RP-2: two workers that write one season at the same time end in one document per episode', async () => {
    const results = await Promise.all(
      Array.from({ length: 3 }, (_, i) =>
        new EpisodeRepository(database.catalogue).smartBulkUpsert(
          [1, 2, 3, 4].map((number) => ({
            entity: { ...episode(LOST, 1, number), [`by${i}`]: true },
            existing: null,
          })),
          { now: NOW },
        ),
      ),
    );
    expect(results.flat().filter(({ outcome }) => outcome === 'created')).toHaveLength(4);
    const season = await episodes.loadSeason(LOST, 1);
    expect(season.map(({ episodeNumber }) => episodeNumber)).toEqual([1, 2, 3, 4]);
    for (const document of season) expect(document).toMatchObject({ by0: true, by1: true, by2: true });
  });

  it('bulkUpsertSeason makes the episodes what the entities say, with one read and one write', async () => {
    await episodes.save(episode(LOST, 1, 1, { overview: 'old', stillPath: 'gone' }));
    await episodes.save(episode(LOST, 1, 2, { overview: 'mine', lockedFields: { overview: true } }));
    const [first] = await episodes.loadSeason(LOST, 1);
    database.resetCommands();
    const results = await episodes.bulkUpsertSeason(
      [episode(LOST, 1, 1, { overview: 'new' }), episode(LOST, 1, 2), episode(LOST, 1, 3)],
      { now: LATER },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged', 'created']);
    expect(database.commands('find', 'FlatEpisodes')).toHaveLength(1);
    expect(database.commands('update', 'FlatEpisodes')).toHaveLength(1);
    const after = await episodes.loadSeason(LOST, 1);
    expect(after).toMatchObject([{ _id: first?._id, overview: 'new' }, { overview: 'mine' }, {}]);
    expect(after[0]).not.toHaveProperty('stillPath');
  });

  it('a season of 600 episodes is one read and one unordered write as well', async () => {
    const season = Array.from({ length: 600 }, (_, index) => episode(LOST, 1, index + 1));
    database.resetCommands();
    const results = await episodes.bulkUpsertSeason(season, { now: NOW });
    expect(results.every(({ outcome }) => outcome === 'created')).toBe(true);
    expect(database.commands('find', 'FlatEpisodes')).toHaveLength(1);
    expect(database.commands('update', 'FlatEpisodes')).toMatchObject([{ command: { ordered: false } }]);
  });

  it('refuses an episode without a number or a season', async () => {
    const invalid = { code: 'DOCUMENT_INVALID' };
    const orphan: Record<string, unknown> = { ...episode(LOST, 1, 1) };
    delete orphan['seasonId'];
    await expect(episodes.smartUpsert(orphan, null, { now: NOW })).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining('seasonId'),
    });
    for (const episodeNumber of [0, 1.5, undefined]) {
      await expect(episodes.save({ ...episode(LOST, 1, 1), episodeNumber })).rejects.toMatchObject(invalid);
    }
    await episodes.save(episode(LOST, 1, 1));
    // An existing one keeps its season; so a partial entity is fine.
    await expect(
      episodes.smartUpsert({ ...orphan, overview: 'x' }, await episodes.findEpisode(LOST, 1, 1), {
        now: NOW,
      }),
    ).resolves.toEqual({ outcome: 'updated', changedFields: ['overview'] });
  });

  it('CL-5: an episode follows its season to a new id', async () => {
    await episodes.save(episode(LOST, 1, 1));
    const existing = await episodes.findEpisode(LOST, 1, 1);
    const seasonId = seasonIdOf(LOST, 2);
    await expect(
      episodes.smartUpsert(episode(LOST, 1, 1, { seasonId }), existing, { now: LATER }),
    ).resolves.toEqual({ outcome: 'updated', changedFields: ['seasonId'] });
    await expect(episodes.findEpisode(LOST, 1, 1)).resolves.toMatchObject({ _id: existing?._id, seasonId });
  });

  it('CL-5: all episodes of a season follow it in one write, around locks, and no others', async () => {
    const seasonId = seasonIdOf(LOST, 3);
    await episodes.save(episode(LOST, 1, 1));
    await episodes.save(episode(LOST, 1, 2, { lockedFields: { seasonId: true } }));
    await episodes.save(episode(LOST, 1, 3, { seasonId }));
    await episodes.save(episode(LOST, 2, 1));
    await episodes.save(episode(OFFICE_UK, 1, 1));
    const season = { showId: LOST, seasonNumber: 1 };
    await expect(episodes.moveToSeason(season, seasonId, { now: LATER })).resolves.toBe(1);
    await expect(episodes.moveToSeason(season, seasonId, { now: LATER })).resolves.toBe(0);
    await expect(episodes.loadSeason(LOST, 1)).resolves.toMatchObject([
      { seasonId, updatedAt: LATER, lastSynced: LATER },
      { seasonId: seasonIdOf(LOST, 1) },
      { seasonId, lastSynced: NOW },
    ]);
    await expect(episodes.count({ seasonId })).resolves.toBe(2);
  });

  it('B-4: the watch-history key follows the video URL that is stored, also around a lock', async () => {
    const path = 'http://a/tv/Lost/Season%201/S01E01.mp4';
    await episodes.smartUpsert(episode(LOST, 1, 1, { videoURL: path, normalizedVideoId: 'wrong' }), null, {
      now: NOW,
    });
    await expect(episodes.findEpisode(LOST, 1, 1)).resolves.toMatchObject({
      normalizedVideoId: normalizedVideoId(path),
    });
    await stored().updateOne({ episodeNumber: 1 }, { $set: { lockedFields: { videoURL: true } } });
    await episodes.smartUpsert(
      episode(LOST, 1, 1, {
        videoURL: 'http://b/other.mp4',
        normalizedVideoId: normalizedVideoId('http://b/other.mp4'),
      }),
      await episodes.findEpisode(LOST, 1, 1),
      { now: LATER },
    );
    await expect(episodes.findEpisode(LOST, 1, 1)).resolves.toMatchObject({
      videoURL: path,
      normalizedVideoId: normalizedVideoId(path),
    });
  });

  it('CL-8: deletes one season except what is locked or entered by hand', async () => {
    await episodes.save(episode(LOST, 1, 1));
    await episodes.save(episode(LOST, 1, 2, { manualEntry: true }));
    await episodes.save(episode(LOST, 1, 3, { lockedFields: { title: true } }));
    await episodes.save(episode(LOST, 2, 1));
    await episodes.save(episode(OFFICE_UK, 1, 1));
    const at = (episodeNumber: number) => ({ showId: LOST, seasonNumber: 1, episodeNumber });
    await expect(episodes.deleteByShowAndSeason(LOST, 1)).resolves.toEqual({
      deleted: [at(1)],
      kept: [
        { key: at(2), reason: 'manual-entry' },
        { key: at(3), reason: 'locked' },
      ],
    });
    await expect(episodes.count()).resolves.toBe(4);
  });
});

it('B-10, B-12: statistics are over fields that documents have, shows by id', async () => {
  await episodes.save(
    episode(OFFICE_UK, 1, 1, {
      videoURL: 'http://a/1',
      videoSource: 's1',
      size: 1000,
      captionURLs: CAPTIONS,
    }),
  );
  await episodes.save(
    episode(OFFICE_UK, 1, 2, { videoURL: 'http://a/2', videoSource: 's2', size: 500.5, captionURLs: {} }),
  );
  await episodes.save(episode(OFFICE_US, 1, 1, { thumbnail: 't' }));
  await expect(episodes.getEpisodeStats()).resolves.toEqual({
    total: 3,
    withVideo: 2,
    withThumbnails: 1,
    withCaptions: 1,
    byShow: [
      { showId: OFFICE_UK, showTitle: 'The Office', count: 2 },
      { showId: OFFICE_US, showTitle: 'The Office', count: 1 },
    ],
    byServer: { s1: 1, s2: 1, unknown: 1 },
    averageFileSize: 750.25,
  });
});
