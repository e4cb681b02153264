import { readGenericRequest } from '@reelsync/sync';

const ALL = ['s1', 's2'];

function ordersOf(body: unknown, serverIds: readonly string[] = ALL) {
  const reading = readGenericRequest(body);
  if ('problem' in reading) throw new Error(reading.problem);
  return reading.request.orders(serverIds);
}

test.each([
  ['nothing: a scan of all servers', {}, [{ kind: 'scan', serverIds: ALL, force: false }]],
  ['force alone', { force: true }, [{ kind: 'scan', serverIds: ALL, force: true }]],
  [
    'movies and shows, each once',
    { movies: ['A', 'B', 'A'], shows: ['C'] },
    [
      { kind: 'units', domain: 'movies', titles: ['A', 'B'], force: false },
      { kind: 'units', domain: 'shows', titles: ['C'], force: false },
    ],
  ],
  [
    'seasons and episodes, one order per number (contract §7.3)',
    {
      seasons: [
        { title: 'C', season: 1 },
        { title: 'D', season: 1 },
        { title: 'C', season: 0 },
      ],
      episodes: [
        { title: 'C', season: 2, episode: 3 },
        { title: 'C', season: 2, episode: 4 },
      ],
    },
    [
      { kind: 'units', domain: 'seasons', season: 1, titles: ['C', 'D'], force: false },
      { kind: 'units', domain: 'seasons', season: 0, titles: ['C'], force: false },
      { kind: 'units', domain: 'episodes', season: 2, titles: ['C'], force: false },
    ],
  ],
  [
    'operations and force go with the titles',
    { movies: ['A'], operations: ['metadata', 'assets', 'metadata'], force: true },
    [{ kind: 'units', domain: 'movies', titles: ['A'], operations: ['metadata', 'assets'], force: true }],
  ],
])('%s', (_name, body, orders) => {
  expect(ordersOf(body)).toEqual(orders);
});

test('a server with titles: its listing is read too, for it may show more than the stored one', () => {
  expect(ordersOf({ server: 's2', movies: ['A'] }, ['s2'])).toEqual([
    { kind: 'scan', serverIds: ['s2'], force: false },
    { kind: 'units', domain: 'movies', titles: ['A'], force: false },
  ]);
});

test.each([
  [undefined, 'the body: expected object'],
  [[], 'the body: expected object'],
  [{ movie: ['A'] }, 'the body: has members that are not known'],
  [{ movies: 'A' }, 'movies: expected array'],
  [{ movies: [] }, 'movies: not valid'],
  [{ movies: [''] }, 'movies.[0]: not valid'],
  [{ movies: [{ $gt: '' }] }, 'movies.[0]: expected string'],
  [{ movies: Array.from({ length: 1001 }, (_, i) => `T${i}`) }, 'movies: not valid'],
  [{ seasons: [{ title: 'C' }] }, 'seasons.[0].season: expected number'],
  [{ seasons: [{ title: 'C', season: 1, secret: 'x' }] }, 'seasons.[0]: has members that are not known'],
  [{ episodes: [{ title: 'C', season: -1 }] }, 'episodes.[0].season: not valid'],
  [{ operations: ['metadata'] }, 'operations: only together with movies, shows, seasons or episodes'],
  [{ movies: ['A'], operations: ['everything'] }, 'operations.[0]: not valid'],
  [{ force: 'yes' }, 'force: expected boolean'],
])('%j is refused: %s', (body, problem) => {
  expect(readGenericRequest(body)).toEqual({ problem });
});
