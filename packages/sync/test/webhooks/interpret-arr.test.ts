import { interpretArr, readArrPayload, type ArrSource } from '@reelsync/sync';

import {
  RADARR_EVENTS,
  RADARR_TITLE_EVENTS,
  SONARR_EVENTS,
  SONARR_TITLE_EVENTS,
} from './fixtures/arr-events';

const RADARR: ArrSource = { kind: 'radarr', roots: ['/media/movies'], serverIds: ['s1'] };
const SONARR: ArrSource = { kind: 'sonarr', roots: ['/media/tv'], serverIds: ['s1', 's2'] };

function interpret(body: unknown, source: ArrSource) {
  const payload = readArrPayload(body);
  if (payload === undefined) throw new Error('not a payload');
  return interpretArr(payload, source);
}

/** The titles, or the code of the reason why there are none. */
function meaning(body: unknown, source: ArrSource = RADARR): readonly string[] | string {
  const result = interpret(body, source);
  return 'ignored' in result ? result.ignored.code : result.titles;
}

const withMovie = (event: string, movie: object, more: object = {}) => ({
  ...RADARR_EVENTS.get(event),
  movie,
  ...more,
});

describe('arr-webhooks §6: every event of every kind', () => {
  test.each([...RADARR_EVENTS])('Radarr %s', (name, event) => {
    const expected = RADARR_TITLE_EVENTS.includes(name)
      ? ['Example Movie (2021)']
      : name === 'of a later version'
        ? 'EVENT_UNKNOWN'
        : 'EVENT_WITHOUT_EFFECT';
    expect(meaning(event)).toEqual(expected);
  });

  test.each([...SONARR_EVENTS])('Sonarr %s', (name, event) => {
    const expected = SONARR_TITLE_EVENTS.includes(name)
      ? ['Example Show']
      : name === 'of a later version'
        ? 'EVENT_UNKNOWN'
        : 'EVENT_WITHOUT_EFFECT';
    expect(meaning(event, SONARR)).toEqual(expected);
  });

  test('what is ordered is a look at the title on the servers of the source, and nothing else', () => {
    expect(interpret(SONARR_EVENTS.get('SeriesDelete'), SONARR)).toEqual({
      titles: ['Example Show'],
      orders: [{ kind: 'title', media: 'show', title: 'Example Show', serverIds: ['s1', 's2'] }],
    });
    expect(interpret(RADARR_EVENTS.get('Download'), RADARR)).toMatchObject({
      orders: [{ kind: 'title', media: 'movie', title: 'Example Movie (2021)', serverIds: ['s1'] }],
    });
  });

  test.each(['upgrade', 'Upgrade'])(
    'the delete event of an upgrade (%s) leads to nothing',
    (deleteReason) => {
      expect(meaning({ ...RADARR_EVENTS.get('MovieFileDelete'), deleteReason })).toBe('EVENT_WITHOUT_EFFECT');
      expect(meaning({ ...SONARR_EVENTS.get('EpisodeFileDelete'), deleteReason }, SONARR)).toBe(
        'EVENT_WITHOUT_EFFECT',
      );
    },
  );

  test.each(['download', 'DOWNLOAD', 'movieFileDelete', 'renaME'])('the event type %s', (eventType) => {
    expect(meaning({ ...RADARR_EVENTS.get('Download'), eventType })).toEqual(['Example Movie (2021)']);
  });
});

describe('which title it is', () => {
  test('the folder of the movie counts, not where the file was before it was imported', () => {
    const event = withMovie('Download', { folderPath: '/media/movies/Élan — ☃ (2020)/' });
    expect(meaning(event)).toEqual(['Élan — ☃ (2020)']);
  });

  test('without a folder, the paths of the files tell it', () => {
    expect(meaning(withMovie('Download', { title: 'Example' }))).toEqual(['Example Movie (2021)']);
    const whole = { ...SONARR_EVENTS.get('Download of all files'), series: { id: 9 } };
    expect(meaning(whole, SONARR)).toEqual(['Example Show']);
  });

  test('a rename out of another folder concerns both titles', () => {
    const renamedMovieFiles = [
      {
        path: '/media/movies/Example Movie (2021)/a.mkv',
        previousPath: '/media/movies/Exampel Movie (2021)/a.mkv',
      },
    ];
    expect(meaning({ ...RADARR_EVENTS.get('Rename'), renamedMovieFiles })).toEqual([
      'Example Movie (2021)',
      'Exampel Movie (2021)',
    ]);
  });

  test.each([
    ['no folder at all', { movie: {}, movieFile: {} }, 'PATH_MISSING'],
    ['a movie of another type', { movie: 'Example', movieFile: 7 }, 'PATH_MISSING'],
    ['a folder of another type', { movie: { folderPath: 7 }, movieFile: null }, 'PATH_MISSING'],
    ['a folder elsewhere', { movie: { folderPath: '/other/Example' } }, 'PATH_OUTSIDE_ROOTS'],
    ['the root itself', { movie: { folderPath: '/media/movies/' } }, 'PATH_OUTSIDE_ROOTS'],
  ])('%s: accepted, and nothing follows', (_name, more, code) => {
    expect(meaning({ ...RADARR_EVENTS.get('Download'), ...more })).toBe(code);
  });
});

test.each([
  undefined,
  null,
  [],
  'Download',
  {},
  { eventType: 7 },
  { eventType: '' },
  { event_type: 'Download' },
])('%j is no delivery of Radarr or Sonarr', (body) => {
  expect(readArrPayload(body)).toBeUndefined();
});
