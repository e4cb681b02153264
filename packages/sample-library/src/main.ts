import { parseArgs } from 'node:util';
import { createControlHandler } from './control/control-handler';
import { buildLibraries } from './library/build-libraries';
import type { EvenShape } from './library/even-shows';
import { HttpListener } from './server/http-listener';
import { startSampleServer } from './server/sample-server';

const OPTIONS = {
  library: { type: 'string', default: 'alpha' },
  titles: { type: 'string', default: '200' },
  shows: { type: 'string', default: '0' },
  // Instead of `shows`, on alpha only: `100x4x12` is 100 shows with 4 seasons of 12 episodes each.
  'even-shows': { type: 'string' },
  seed: { type: 'string', default: '1' },
  port: { type: 'string', default: '0' },
  'webhook-id': { type: 'string', default: 'sample-webhook' },
  'with-broken-titles': { type: 'boolean', default: false },
  'exit-with-parent': { type: 'boolean', default: false },
} as const;

/** One sample server as a process: one JSON line on stdout when it is ready, everything else on stderr. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.library !== 'alpha' && values.library !== 'beta') {
    throw new Error(`--library must be alpha or beta, not ${values.library}`);
  }
  const even = values['even-shows'];
  const library = buildLibraries({
    titles: integer('titles', values.titles),
    shows: integer('shows', values.shows),
    seed: integer('seed', values.seed),
    withBrokenTitles: values['with-broken-titles'],
    ...(even === undefined ? {} : { evenShows: shapeOf(even) }),
  })[values.library];
  const server = await startSampleServer({
    library,
    webhookId: values['webhook-id'],
    port: integer('port', values.port),
    seed: integer('seed', values.seed),
    onError: (error) => log(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
  const handleControl = createControlHandler(server, { onOwnPort: true });
  const control = new HttpListener();
  control.handle((request, response) => {
    if (!handleControl(request, response)) response.writeHead(404).end();
  });
  await control.open();

  const stop = (reason: string): void => {
    log(`${library.name} stops: ${reason}`);
    void Promise.all([server.close(), control.close()]).then(() => process.exit(0));
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  if (values['exit-with-parent']) {
    process.stdin.resume();
    process.stdin.once('close', () => stop('its parent is gone'));
  }
  const { baseUrl, nodeUrl, prefix } = server;
  process.stdout.write(
    `${JSON.stringify({ baseUrl, nodeUrl, prefix, controlUrl: control.url, pid: process.pid })}\n`,
  );
  log(`${library.name} serves ${library.movies.size} movies and ${library.shows.size} shows at ${baseUrl}`);
}

function shapeOf(text: string): EvenShape {
  const [shows = 0, seasons = 0, episodes = 0] = text.split('x').map((part) => integer('even-shows', part));
  return { shows, seasons, episodes };
}

function integer(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}

function log(line: string): void {
  process.stderr.write(`sample-library: ${line}\n`);
}

main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
