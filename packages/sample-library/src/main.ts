import { parseArgs } from 'node:util';
import { createControlHandler } from './control/control-handler';
import { buildLibraries } from './library/build-libraries';
import { HttpListener } from './server/http-listener';
import { startSampleServer } from './server/sample-server';

const OPTIONS = {
  library: { type: 'string', default: 'alpha' },
  titles: { type: 'string', default: '200' },
  shows: { type: 'string', default: '0' },
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
  const libraries = buildLibraries({
    titles: integer('titles', values.titles),
    shows: integer('shows', values.shows),
    seed: integer('seed', values.seed),
    withBrokenTitles: values['with-broken-titles'],
  });
  const library = libraries[values.library];
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
