import type { MediaServer, MovieDocument } from '@reelsync/core';
import {
  buildLibraries,
  compareCatalogue,
  expectedMovies,
  startSampleServer,
  type BuildOptions,
  type OracleServer,
  type SampleLibraries,
  type SampleServer,
} from '@reelsync/sample-library';
import { keepMovies } from '../../../../tests/support/keep-titles';
import { mediaServer, World, type WorldOptions } from './world';

export interface SampleOptions extends Partial<Omit<WorldOptions, 'servers'>> {
  readonly library?: Partial<BuildOptions>;
  /** Only these of the movies that the libraries hold. */
  readonly movies?: readonly string[];
  /** Two servers with the same library, instead of two libraries that overlap. */
  readonly mirrored?: boolean;
  readonly configure?: (server: MediaServer) => MediaServer;
}

/** Two sample servers, alpha (priority 1) and beta (priority 2, prefix `/media`), and a Reelsync that knows both. */
export interface SampleWorld {
  readonly world: World;
  readonly alpha: SampleServer;
  readonly beta: SampleServer;
  readonly servers: { readonly alpha: MediaServer; readonly beta: MediaServer };
  /** Compares the whole catalogue with what the libraries say. */
  readonly expectCatalogue: () => Promise<void>;
  /** As above, for a catalogue with a past: see `expectWithHistory`. */
  readonly expectCatalogueWithHistory: () => Promise<void>;
}

const VIDEO_FIELDS = ['videoURL', 'normalizedVideoId', 'videoSource', 'videoInfoSource', 'duration'].concat([
  'dimensions',
  'size',
  'hdr',
  'mediaQuality',
  'mediaLastModified',
]);
const METADATA_FIELDS = ['metadata', 'metadataSource', 'title', 'titleSource'];

/** For suites that are about one title: that, one of the other server, broken ones and a few bystanders. */
export const FEW_MOVIES: readonly string[] = [
  'The Matrix Reloaded (2003)',
  '1923',
  '100% Wolf',
  'Amélie (2001)',
  'HDR On Beta',
  'Video Only On Beta',
  'Metadata Only On Beta',
  'Bad Metadata',
];

/** Makes worlds for the tests of a suite and ends them after each test. */
export function useSampleWorlds(
  ofSuite: SampleOptions = {},
): (options?: SampleOptions) => Promise<SampleWorld> {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  return async (options = {}) => {
    const started = await startSampleWorld({ ...ofSuite, ...options });
    cleanUps.push(() => disposeSampleWorld(started));
    return started;
  };
}

export async function startSampleWorld({
  library = {},
  movies,
  mirrored = false,
  configure = (server) => server,
  ...worldOptions
}: SampleOptions = {}): Promise<SampleWorld> {
  const build = (): SampleLibraries => {
    const built = buildLibraries({ titles: 15, ...library });
    if (movies !== undefined) keepMovies(built, movies);
    return built;
  };
  const libraries = build();
  const mirror = mirrored ? build().alpha : libraries.beta;
  const options = { webhookId: 'test-webhook' };
  const [alpha, beta] = await Promise.all([
    startSampleServer({ ...options, id: 'alpha', library: libraries.alpha }),
    startSampleServer({ ...options, id: 'beta', library: mirror, prefix: '/media' }),
  ]);
  const servers = {
    alpha: configure(serverOf(alpha, 1)),
    beta: configure(serverOf(beta, 2)),
  };
  const world = await World.create({ ...worldOptions, servers: [servers.alpha, servers.beta] });
  return {
    world,
    alpha,
    beta,
    servers,
    expectCatalogue: async () => {
      const comparison = await compareCatalogue(oracleOf([alpha, 1], [beta, 2]), await world.movies());
      expect(comparison).toMatchObject(EQUAL);
    },
    expectCatalogueWithHistory: async () =>
      expectWithHistory(oracleOf([alpha, 1], [beta, 2]), await world.movies()),
  };
}

const EQUAL = { missing: [], unexpected: [], differences: [], equal: true };

/**
 * The oracle knows only the present, a catalogue has a past: documents of vanished titles stay (CL-1), and a video or
 * metadata that no server lists any more is kept (ST-M9, ST-M4), and `originalTitleSource` is that of the first writer (ST-M2).
 * Everything else must be equal.
 */
export async function expectWithHistory(
  expected: ReadonlyMap<string, object>,
  movies: readonly MovieDocument[],
): Promise<void> {
  const present = movies.flatMap((movie) => {
    const wanted = expected.get(movie.originalTitle);
    if (wanted === undefined) return [];
    const kept = [
      ...('videoURL' in wanted ? [] : VIDEO_FIELDS),
      ...('metadata' in wanted ? [] : METADATA_FIELDS),
    ];
    const asWanted = new Map<string, unknown>(
      Object.entries(wanted).filter(([field]) => kept.includes(field)),
    );
    const others = Object.entries(movie).filter(([field]) => !kept.includes(field));
    return [Object.fromEntries([...others, ...asWanted])];
  });
  const ignoreFields = ['originalTitleSource'];
  expect(await compareCatalogue(expected, present, { ignoreFields })).toMatchObject(EQUAL);
}

export async function disposeSampleWorld({ world, alpha, beta }: SampleWorld): Promise<void> {
  await world.dispose();
  await Promise.all([alpha.close(), beta.close()]);
}

export function serverOf(sample: SampleServer, priority: number): MediaServer {
  const { id, baseUrl, nodeUrl, prefix, webhookId } = sample;
  return mediaServer({ id, baseUrl, nodeUrl, prefix, webhookId, priority });
}

/** What the oracle expects of these servers at these priorities. */
export function oracleOf(
  ...servers: readonly (readonly [sample: SampleServer, priority: number])[]
): ReturnType<typeof expectedMovies> {
  return expectedMovies(oracleServers(...servers));
}

export function oracleServers(
  ...servers: readonly (readonly [sample: SampleServer, priority: number])[]
): OracleServer[] {
  return servers.map(([{ id, baseUrl, prefix, library }, priority]) => ({
    id,
    priority,
    baseUrl,
    prefix,
    library,
  }));
}

/** Values of all provenance fields of a document, by field. */
export function sourcesOf(movie: MovieDocument): Record<string, unknown> {
  return Object.fromEntries(Object.entries(movie).filter(([field]) => field.endsWith('Source')));
}
