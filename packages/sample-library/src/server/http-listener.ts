import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';

const HOST = '127.0.0.1';

/** An HTTP server on one port of the loopback interface that can go away and come back on the same port. */
export class HttpListener {
  private readonly server: Server = createServer({ keepAliveTimeout: 30_000 });
  private bound = 0;

  /** Requests wait for no one: set the handler in the turn that opened the port. */
  handle(handler: RequestListener): void {
    this.server.on('request', handler);
  }

  get port(): number {
    return this.bound;
  }

  get url(): string {
    return `http://${HOST}:${this.bound}`;
  }

  /** Accepts connections; on the earlier port when there was one. */
  async open(port = this.bound): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(port, HOST);
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no TCP port');
    this.bound = address.port;
  }

  /** Cuts all connections and refuses new ones. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
