import net from 'node:net';
import { Dispatcher } from './commands/dispatcher';
import { Cursors } from './cursors';
import type { Log } from './storage/catalog';
import { openCatalog } from './storage/open-catalog';
import { expireDocuments } from './storage/expiry';
import { serveConnection } from './wire/connection';

/** Only ever this address: there is no authentication. */
const HOST = '127.0.0.1';
const DEFAULT_TTL_INTERVAL_MS = 60_000;

export interface EmbeddedDatabaseOptions {
  /** Folder of the journal, created when missing; null keeps everything in memory. */
  dataDir: string | null;
  /** 0 (the default) takes a free port. */
  port?: number;
  log?: (level: 'info' | 'warn', message: string, fields?: Record<string, unknown>) => void;
  /** How often expired documents and idle cursors are removed. */
  ttlIntervalMs?: number;
}

export interface EmbeddedDatabase {
  readonly uri: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the development database. It refuses NODE_ENV=production. */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error(
      'the embedded database is a development aid: set MONGODB_URI to a real MongoDB in production',
    );
  }
  const log: Log = options.log ?? logToStderr;
  const now = (): number => Date.now();
  const store = openCatalog(options.dataDir, log);
  const { catalog } = store;
  const closing = new AbortController();
  const cursors = new Cursors(now);
  const dispatcher = new Dispatcher({ catalog, cursors, log, now, closing: closing.signal });
  const sockets = new Set<net.Socket>();
  const connections = new Set<Promise<void>>();
  let lastConnectionId = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const answer: Parameters<typeof serveConnection>[2] = (command, id) => dispatcher.answer(command, id);
    const served = serveConnection(socket, ++lastConnectionId, answer, log).finally(() => {
      sockets.delete(socket);
      connections.delete(served);
    });
    connections.add(served);
  });
  const port = await listen(server, options.port ?? 0).catch((error: unknown) => {
    store.close();
    throw error;
  });
  const maintenance = setInterval(() => {
    cursors.closeIdle();
    expireDocuments(catalog, now(), log);
  }, options.ttlIntervalMs ?? DEFAULT_TTL_INTERVAL_MS);
  maintenance.unref();
  const uri = `mongodb://${HOST}:${port}/?directConnection=true`;
  log('info', 'the embedded database is a development aid, not MongoDB', { dataDir: options.dataDir });

  const stop = async (): Promise<void> => {
    clearInterval(maintenance);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    closing.abort();
    for (const socket of sockets) socket.destroy();
    await Promise.all([closed, ...connections]);
    store.close();
  };
  let stopped: Promise<void> | null = null;
  return { uri, port, close: () => (stopped ??= stop()) };
}

function listen(server: net.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function logToStderr(level: 'info' | 'warn', message: string, fields: Record<string, unknown> = {}): void {
  process.stderr.write(`${JSON.stringify({ level, component: 'embedded-database', message, ...fields })}\n`);
}
