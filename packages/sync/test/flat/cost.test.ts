import { CATALOGUE_INDEXES } from '@reelsync/database';
import { buildLibraries, startSampleServer, type Library, type SampleServer } from '@reelsync/sample-library';
import { mediaServer } from './support/media-server';
import { FlatWorld } from './support/flat-world';

/** How many of each kind a library holds. */
interface Shape {
  readonly movies: number;
  readonly shows: number;
  /** Per show. */
  readonly seasons: number;
  /** Per season. */
  readonly episodes: number;
}

/** Documents: N, S, Se, E of the cost model. */
interface Size {
  readonly N: number;
  readonly S: number;
  readonly Se: number;
  readonly E: number;
}

interface Cost {
  readonly requests: number;
  readonly commands: number;
}

/** The measured cost of the earlier flat sync, sync-semantics §11.1, rows `legacy`. */
const FIRST = ({ N, S, Se, E }: Size): Cost => ({
  requests: 5 + 3 * N + 4 * S + 3 * Se + 4 * E,
  commands: 83 + 10 * N + 12 * S + 15 * Se + 23 * E,
});
const STEADY = ({ N, S, Se, E }: Size): Cost => ({
  requests: 5 + N + S + Se,
  commands: 88 + 3 * S + Se + 3 * E,
});

const SHAPES: readonly Shape[] = [
  { movies: 40, shows: 0, seasons: 0, episodes: 0 },
  { movies: 3, shows: 2, seasons: 2, episodes: 8 },
  { movies: 12, shows: 6, seasons: 1, episodes: 3 },
  { movies: 12, shows: 1, seasons: 3, episodes: 12 },
];

let server: SampleServer;
let world: FlatWorld;

afterEach(async () => {
  await world.dispose();
  await server.close();
});

test.each(SHAPES)(
  '$movies movies, $shows shows × $seasons × $episodes: requests and commands are those of the cost model (§11.1)',
  async (shape) => {
    const library = completeLibrary(shape);
    server = await startSampleServer({ library, webhookId: 'test-webhook', id: 'alpha' });
    world = await FlatWorld.create({ servers: [mediaServer(server)] });
    const size = sizeOf(shape);

    const first = await costOfRun();
    expect(await documents()).toEqual([size.N, size.S, size.Se, size.E]);
    expect(ratios(first, FIRST(size))).toEqual({ requests: 'within 10 %', commands: 'within 10 %' });
    // Steady from the second run on: what was read is remembered (legacy took three).
    expect(ratios(await costOfRun(), STEADY(size))).toEqual({
      requests: 'within 10 %',
      commands: 'within 10 %',
    });
  },
  300_000,
);

test('one write per field group, and none for what is unchanged', async () => {
  server = await startSampleServer({
    library: completeLibrary({ movies: 1, shows: 0, seasons: 0, episodes: 0 }),
    webhookId: 'test-webhook',
    id: 'alpha',
  });
  world = await FlatWorld.create({ servers: [mediaServer(server)] });
  await world.flat.syncAll();
  const writes = world.takeCommands().filter((command) => command === 'update');
  // Created; metadata, poster, backdrop, logo, video, captions, chapters, two previews, hash; what was read.
  expect(writes).toHaveLength(12);
  await world.flat.syncAll({ skipInitialization: true });
  expect(world.takeCommands().filter((command) => command !== 'find' && command !== 'aggregate')).toEqual([]);
});

async function costOfRun(): Promise<Cost> {
  server.resetStats();
  world.takeCommands();
  const { summary, errors } = await world.flat.syncAll();
  expect({ failed: summary.failed, errors }).toEqual({ failed: 0, errors: [] });
  const commands = world.takeCommands();
  expect(commands.filter((command) => command === 'createIndexes')).toHaveLength(CATALOGUE_INDEXES.length);
  return { requests: server.stats().requests, commands: commands.length };
}

function ratios(measured: Cost, model: Cost): Record<keyof Cost, string> {
  const judge = (name: keyof Cost): string => {
    const ratio = measured[name] / model[name];
    return ratio >= 0.9 && ratio <= 1.1
      ? 'within 10 %'
      : `${measured[name]} instead of ${model[name]} (${ratio.toFixed(3)})`;
  };
  return { requests: judge('requests'), commands: judge('commands') };
}

function sizeOf({ movies, shows, seasons, episodes }: Shape): Size {
  return { N: movies, S: shows, Se: shows * seasons, E: shows * seasons * episodes };
}

function documents(): Promise<number[]> {
  const { movies, tvShows, seasons, episodes } = world.database;
  return Promise.all([movies.count(), tvShows.count(), seasons.count(), episodes.count()]);
}

/** As the model was measured: all assets, metadata, one subtitle and chapters everywhere. */
function completeLibrary({ movies, shows, seasons, episodes }: Shape): Library {
  const { alpha } = buildLibraries({ titles: 60, shows: shows === 0 ? 0 : 20 });
  completeMovies(alpha.movies, movies);
  completeShows(alpha.shows, { shows, seasons, episodes });
  return alpha;
}

/** Keeps the first so many titles whose folder serves as a pattern, and completes them. */
function completeMovies(store: Library['movies'], count: number): void {
  const titles = [...store.titles()];
  const pattern = titles
    .map((title) => store.get(title))
    .find((folder) => folder !== undefined && isWhole(folder));
  if (pattern === undefined) throw new Error('no sample movie holds everything');
  const captions = { files: pattern.captions.files.slice(0, 1), pending: [] };
  const folder = { ...pattern, captions, chapters: { mtime: Date.UTC(2025, 5, 1) } };
  for (const title of titles) store.delete(title);
  for (let index = 0; index < count; index += 1) store.set(`Movie ${index}`, folder);
}

type MovieFolder = NonNullable<ReturnType<Library['movies']['get']>>;

function isWhole({ videos, images, metadata, captions }: MovieFolder): boolean {
  const { poster, backdrop, logo } = images;
  return (
    videos[0]?.probe === 'full' &&
    poster?.preview === true &&
    backdrop?.preview === true &&
    logo !== undefined &&
    metadata !== null &&
    captions.files.length > 0
  );
}

function completeShows(store: Library['shows'], shape: Pick<Shape, 'shows' | 'seasons' | 'episodes'>): void {
  const titles = [...store.titles()];
  const folders = titles.flatMap((title) => store.get(title) ?? []);
  for (const title of titles) store.delete(title);
  if (shape.shows === 0) return;
  const pattern = folders.find(
    ({ images, metadata }) => metadata !== null && Object.keys(images).length === 3,
  );
  const season = folders.flatMap(({ seasons }) => seasons).find(({ poster }) => poster?.preview === true);
  const episode = folders
    .flatMap(({ seasons }) => seasons.flatMap((one) => one.episodes))
    .find(
      ({ thumbnail, metadata, captions }) =>
        thumbnail?.preview && metadata !== null && captions.files.length > 0,
    );
  if (pattern === undefined || season === undefined || episode === undefined)
    throw new Error('no sample show holds everything');
  const range = (length: number) => Array.from({ length }, (_, index) => index + 1);
  for (const show of range(shape.shows)) {
    store.set(`Show ${show}`, {
      ...pattern,
      seasons: range(shape.seasons).map((number) => ({
        ...season,
        name: `Season ${number}`,
        episodes: range(shape.episodes).map((index) => {
          const code = `S${String(number).padStart(2, '0')}E${String(index).padStart(2, '0')}`;
          return {
            ...episode,
            video: { ...episode.video, name: `Show ${show} - ${code}.mp4` },
            thumbnail: episode.thumbnail && {
              ...episode.thumbnail,
              name: `${String(index).padStart(2, '0')} - Thumbnail.jpg`,
            },
            captions: { files: episode.captions.files.slice(0, 1), pending: [] },
            chapters: { mtime: Date.UTC(2025, 5, 1) },
          };
        }),
      })),
    });
  }
}
