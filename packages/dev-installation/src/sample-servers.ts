import { DevServiceError, spawnService, type SpawnedService } from '@reelsync/dev-services';
import {
  buildLibraries,
  ControlClient,
  type BuildOptions,
  type Library,
  type OracleServer,
} from '@reelsync/sample-library';
import { PATHS } from './paths';

/** One sample file server in a process of its own, with a mirror of its library for the oracle. */
export interface SampleServerProcess {
  /** The id that Reelsync gives it, from the environment names. */
  readonly id: 'default' | 'server2';
  readonly baseUrl: string;
  readonly nodeUrl: string;
  readonly prefix: string;
  readonly controlUrl: string;
  readonly webhookId: string;
  readonly control: ControlClient;
  readonly oracle: OracleServer;
  readonly process: SpawnedService<unknown>;
}

interface ReadyLine {
  readonly baseUrl: string;
  readonly nodeUrl: string;
  readonly prefix: string;
  readonly controlUrl: string;
}

export interface SampleServersOptions extends Pick<BuildOptions, 'titles' | 'shows' | 'evenShows'> {
  /** The same ports as last time, so that URLs in the catalogue stay as they are; 0 takes a free one. */
  readonly ports: readonly [number, number];
  readonly webhookIds: readonly [string, string];
  readonly onLog: (line: string) => void;
}

/** Overlapping libraries: `default` without a prefix, `server2` under /media and with lower precedence. */
export async function startSampleServers(
  options: SampleServersOptions,
): Promise<readonly [SampleServerProcess, SampleServerProcess]> {
  const libraries = buildLibraries(options);
  const first = await startSampleServer(
    'default',
    libraries.alpha,
    options.ports[0],
    options.webhookIds[0],
    options,
  );
  try {
    return [
      first,
      await startSampleServer('server2', libraries.beta, options.ports[1], options.webhookIds[1], options),
    ];
  } catch (error) {
    await first.process.stop();
    throw error;
  }
}

async function startSampleServer(
  id: SampleServerProcess['id'],
  library: Library,
  port: number,
  webhookId: string,
  { titles, shows = 0, evenShows, onLog }: SampleServersOptions,
): Promise<SampleServerProcess> {
  const process = await withPort(port, (given) =>
    spawnService<ReadyLine>({
      name: `sample server '${id}'`,
      command: globalThis.process.execPath,
      args: [
        PATHS.sampleServer,
        ...['--library', library.name, '--titles', String(titles), '--shows', String(shows)],
        ...(evenShows === undefined
          ? []
          : ['--even-shows', `${evenShows.shows}x${evenShows.seasons}x${evenShows.episodes}`]),
        // With `=`, since an id may begin with a dash.
        ...['--port', String(given), `--webhook-id=${webhookId}`],
      ],
      endsWithParent: true,
      ready: (line, stream) => (stream === 'stdout' ? parseReadyLine(line) : undefined),
      onLog,
    }),
  );
  const { baseUrl, nodeUrl, prefix, controlUrl } = process.value;
  return {
    id,
    baseUrl,
    nodeUrl,
    prefix,
    controlUrl,
    webhookId,
    process,
    control: new ControlClient({ controlUrl, webhookId, mirror: library }),
    oracle: { id, priority: library.priority, baseUrl, prefix, library },
  };
}

/** Something else may have the port of the last start by now; then all URLs change, which is a sync of its own. */
async function withPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (port === 0 || !(error instanceof DevServiceError) || !error.message.includes('EADDRINUSE'))
      throw error;
    return start(0);
  }
}

function parseReadyLine(line: string): ReadyLine | undefined {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { baseUrl, nodeUrl, prefix, controlUrl } = value as Partial<Record<keyof ReadyLine, unknown>>;
  return typeof baseUrl === 'string' &&
    typeof nodeUrl === 'string' &&
    typeof prefix === 'string' &&
    typeof controlUrl === 'string'
    ? { baseUrl, nodeUrl, prefix, controlUrl }
    : undefined;
}
