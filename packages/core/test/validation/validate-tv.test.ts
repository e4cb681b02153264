import { validateEpisode, validateSeason, validateShow } from '@reelsync/core';

const child = { title: 'Pilot', showId: 'id', showTitle: 'Show', seasonNumber: 0 };

describe('validation of shows, seasons and episodes (§3.5)', () => {
  test('ordinary documents are fine: specials have the number 0', () => {
    const fine = { errors: [], warnings: [] };
    expect(validateShow({ title: 'Show', seasonCount: 20 })).toEqual(fine);
    expect(validateSeason({ ...child, episodeCount: 50 })).toEqual(fine);
    expect(validateEpisode({ ...child, episodeNumber: 1 })).toEqual(fine);
  });

  test.each([
    ['no show id (DM-2)', { showId: undefined }],
    ['no show title', { showTitle: ' ' }],
    ['no season number', { seasonNumber: undefined }],
    ['a negative season', { seasonNumber: -1 }],
    ['half a season', { seasonNumber: 1.5 }],
    ['no title', { title: '' }],
  ])('a child with %s is refused', (_name, change) => {
    expect(validateSeason({ ...child, ...change }).errors).toHaveLength(1);
    expect(validateEpisode({ ...child, episodeNumber: 1, ...change }).errors).toHaveLength(1);
  });

  test.each([0, -1, 1.5, undefined, '1'])('episode number %p is refused', (episodeNumber) => {
    expect(validateEpisode({ ...child, episodeNumber }).errors).toHaveLength(1);
  });

  test('many seasons or episodes are odd, but no reason to leave a show out', () => {
    expect(validateShow({ title: 'Show', seasonCount: 101 })).toMatchObject({ errors: [], warnings: [{}] });
    expect(validateSeason({ ...child, episodeCount: 1100 })).toMatchObject({ errors: [], warnings: [{}] });
  });
});
