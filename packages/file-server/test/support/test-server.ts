import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they were on the wire. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** A real HTTP server on the loopback interface that answers as the test says. */
export class TestServer {
  readonly requests: SeenRequest[] = [];
  /** Most requests that were being answered at one time. */
  mostAtOnce = 0;
  private atOnce = 0;

  private constructor(
    private readonly server: http.Server,
    readonly url: string,
  ) {}

  static async start(handler: Handler): Promise<TestServer> {
    const server = http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const self = new TestServer(server, `http://127.0.0.1:${port}`);
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      self.requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
      self.atOnce += 1;
      self.mostAtOnce = Math.max(self.mostAtOnce, self.atOnce);
      response.on('close', () => (self.atOnce -= 1));
      handler(request, response);
    });
    return self;
  }

  /** Connections that are open at this moment. */
  async connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      }),
    );
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** Answers with each of these in turn, the last one for ever. */
export function inTurn(...handlers: Handler[]): Handler {
  let turn = 0;
  return (request, response) => {
    handlers[Math.min(turn++, handlers.length - 1)]?.(request, response);
  };
}

export function reply(
  status: number,
  body: string | Buffer = '',
  headers: http.OutgoingHttpHeaders = {},
): Handler {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Takes the request and never answers. */
export const hang: Handler = () => undefined;
