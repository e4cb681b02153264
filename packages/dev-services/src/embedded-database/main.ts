import { parseArgs } from 'node:util';
import { startEmbeddedDatabase } from './server';

/** Process entry: `main.js --data-dir DIR --port N [--exit-with-parent]`; without --data-dir in memory only. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string', default: '0' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`invalid --port: ${values.port}`);
  const database = await startEmbeddedDatabase({ dataDir: values['data-dir'] ?? null, port });
  const stop = (): void => {
    database.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['exit-with-parent']) {
    // The pipe closes however the parent ends, also by SIGKILL.
    process.stdin.once('end', stop).once('close', stop).resume();
  }
  process.stdout.write(`${JSON.stringify({ uri: database.uri, pid: process.pid })}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
