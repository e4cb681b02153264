import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Requests that take longer than this when the process stops are cut off. */
const STOP_GRACE_MS = 4000;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** An HTTP server that is listening. */
export class HttpListener {
  private constructor(
    private readonly server: Server,
    /** Where it can be reached from this machine. */
    readonly url: string,
  ) {}

  static async listen(handler: RequestListener, { host, port }: ListenOptions): Promise<HttpListener> {
    const server = createServer(handler);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('not listening on a port');
    return new HttpListener(server, urlOf(address));
  }

  /** Takes no new requests, lets those under way finish, then ends the connections. */
  async close(): Promise<void> {
    const cutOff = setTimeout(() => this.server.closeAllConnections(), STOP_GRACE_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.close((error) => (error === undefined ? resolve() : reject(error)));
      });
    } finally {
      clearTimeout(cutOff);
    }
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
