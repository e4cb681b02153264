import { compareSeasonFolders, parseEpisodeNumber, parseSeasonNumber } from '@reelsync/core';
import fc from 'fast-check';

const number = fc.integer({ min: 0, max: 9999 });
const padding = fc.integer({ min: 0, max: 4 });
const padded = (value: number, width: number): string => String(value).padStart(width, '0');

describe('parseSeasonNumber (CL-6, B-21)', () => {
  test('the usual names say their number themselves, however they are written and whatever the server says', () => {
    const prefix = fc.constantFrom('Season ', 'season ', 'SEASON_', 'Season.', 'S', 's', 'Season', '');
    const claim = fc.option(number, { nil: undefined });
    fc.assert(
      fc.property(prefix, number, padding, claim, (name, season, width, claimed) => {
        expect(parseSeasonNumber(`${name}${padded(season, width)}`, claimed)).toBe(season);
      }),
    );
  });

  test.each([
    ['Specials', 0, 0],
    ['special', undefined, 0],
    ['Season 00', 0, 0],
    ['Book 2', 2, 2],
    ['2011 - The Lost Year', 2011, 2011],
    ['Book 2', undefined, undefined],
    ['Extras', 0, undefined],
    ['Behind the Scenes', 0, undefined],
    ['Season 12345678901234567890', 1, undefined],
    ['12345678901234567890', undefined, undefined],
    ['Book 2', 2e20, undefined],
    ['Book 2', -1, undefined],
    ['Book 2', 2.5, undefined],
  ])('%s, for the server %p, is %p: nothing is guessed', (folder, claimed, expected) => {
    expect(parseSeasonNumber(folder, claimed)).toBe(expected);
  });
});

describe('parseEpisodeNumber (B-20)', () => {
  test('a key without the server’s number: digits after E, never those of the season', () => {
    fc.assert(
      fc.property(number, number, padding, (season, episode, width) => {
        fc.pre(episode > 0);
        const key = `S${padded(season, width)}E${padded(episode, width)}`;
        expect(parseEpisodeNumber(key, undefined, undefined)).toBe(episode);
        expect(parseEpisodeNumber('Bonus', `Show - ${key} - Name.mp4`, undefined)).toBe(episode);
      }),
    );
  });

  test('the server’s own number wins over key and file name, unless it is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), number, (claimed, season) => {
        expect(parseEpisodeNumber(`S${season}E07`, 'Show - S01E08.mp4', claimed)).toBe(claimed);
      }),
    );
    for (const none of [0, -1, 1.5, 2e20]) expect(parseEpisodeNumber('S03E07', undefined, none)).toBe(7);
  });

  test.each([
    ['S03E07', undefined, 7],
    ['S02E01-E02', undefined, 1],
    ['01 - Pilot.mp4', undefined, 1],
    ['101 - Pilot.mp4', undefined, 101],
    ['01-02 - Pilot.mp4', undefined, 1],
    ['1883 - Pilot.mp4', undefined, undefined],
    ['2021-03-04 - Talk.mp4', undefined, undefined],
    ['12.03.2021 - Talk.mp4', undefined, undefined],
    ['12_03_2021 - Talk.mp4', undefined, undefined],
    ['1001 - Pilot.mp4', undefined, 1001],
    ['05.2019.1080p.mkv', undefined, 5],
    ['1080p.mp4', undefined, undefined],
    ['21-03-04 - Talk.mp4', undefined, undefined],
    ['1x05 - Name.mp4', undefined, 5],
    ['Show 12x105.mp4', undefined, 105],
    ['Bonus', 'Show - 1X05 - Name.mp4', 5],
    ['S01E02 1x05.mp4', undefined, 2],
    ['Bonus', '1x05 S01E02.mp4', 2],
    ['Show 1920x1080.mp4', undefined, undefined],
    ['03 - Name 1920x1080.mp4', undefined, 3],
    ['07 - Name 16x9.mp4', undefined, 7],
    ['Pilot.mp4', 'Pilot.mp4', undefined],
    ['S01E00', undefined, undefined],
    ['1x00.mp4', undefined, undefined],
    ['S01E12345678901234567890', undefined, undefined],
    ['12345678901234567890 - Name.mp4', undefined, undefined],
  ])('%s (%p) is %p', (key, fileName, expected) => {
    expect(parseEpisodeNumber(key, fileName, undefined)).toBe(expected);
  });
});

test('`Season N` comes before other folders of the season; the order is total', () => {
  const folder = fc.constantFrom('Season 0', 'Season 00', 'Specials', 'S00', 'Season 2', '0');
  fc.assert(
    fc.property(folder, folder, (a, b) => {
      expect(Math.sign(compareSeasonFolders(a, b))).toBe(-Math.sign(compareSeasonFolders(b, a)) + 0);
      expect(compareSeasonFolders(a, b) === 0).toBe(a === b);
    }),
  );
  expect(['Specials', 'Season 0'].sort(compareSeasonFolders)).toEqual(['Season 0', 'Specials']);
});
