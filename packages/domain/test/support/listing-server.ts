import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { MediaServer } from '@reelsync/core';
import { mediaServer } from './world';

/** A file server with any TV listing at all, and no other files than those it is given. */
export class ListingServer {
  /** By their path without the token: what they hold, JSON or text, or the status that they are answered with. */
  readonly files = new Map<string, object | string | number>();
  /** Paths of the files that were asked for, likewise. */
  readonly asked: string[] = [];
  shows: Readonly<Record<string, object>> = {};
  /** Instead of `shows`: text that no JSON object gives. */
  text: string | undefined;
  /** Of every show. */
  hash = '';
  movies: Readonly<Record<string, object>> = {};
  movieHashes: Readonly<Record<string, string | null>> = {};
  hashesAreBroken = false;
  /** Answers that the client did not take. */
  leftAnswers = 0;
  isBroken = false;
  private listingPause: AnswerPause | undefined;
  private filePause: AnswerPause | undefined;
  readonly configured: MediaServer;

  private constructor(
    private readonly http: Server,
    port: number,
    id: string,
    priority: number,
  ) {
    this.configured = mediaServer({ id, priority, baseUrl: `http://127.0.0.1:${port}` });
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = request.url ?? '';
      if (this.isBroken) response.writeHead(500).end();
      else if (path === '/node/media/tv')
        pass(this.listingPause, () => this.send(this.listing(), request, response));
      else if (path === '/node/media/movies') this.send(JSON.stringify(this.movies), request, response);
      else if (path.includes('/metadata-hashes/') && this.hashesAreBroken) response.writeHead(500).end();
      else if (path.endsWith('/metadata-hashes/movies'))
        this.send(JSON.stringify({ titles: entriesOf(this.movieHashes) }), request, response);
      else if (path.endsWith('/metadata-hashes/tv'))
        this.send(JSON.stringify({ titles: this.hashes() }), request, response);
      else
        pass(this.filePause, () =>
          this.sendFile(decodeURIComponent(path.split('?', 1)[0] ?? ''), request, response),
        );
    });
  }

  static async start(id = 'alpha', priority = 1): Promise<ListingServer> {
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new ListingServer(http, address.port, id, priority);
  }

  /** Holds back answers to requests for the TV listing; what they hold is decided when they go out. */
  pauseListings(): AnswerPause {
    this.listingPause = new AnswerPause();
    return this.listingPause;
  }

  /** Likewise, of files. */
  pauseFiles(): AnswerPause {
    this.filePause = new AnswerPause();
    return this.filePause;
  }

  async close(): Promise<void> {
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
  }

  private listing(): string {
    return this.text ?? JSON.stringify(this.shows);
  }

  private hashes(): object {
    const { hash } = this;
    return Object.fromEntries(Object.keys(this.shows).map((title) => [title, { hash, contentHash: hash }]));
  }

  private sendFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(path);
    const file = this.files.get(path) ?? 404;
    if (typeof file === 'number') response.writeHead(file).end();
    else this.send(typeof file === 'string' ? file : JSON.stringify(file), request, response);
  }

  private send(body: string, request: IncomingMessage, response: ServerResponse): void {
    response.on('close', () => {
      if (request.socket.destroyed) this.leftAnswers += 1;
    });
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(body);
  }
}

function entriesOf(hashes: Readonly<Record<string, string | null>>): object {
  return Object.fromEntries(Object.entries(hashes).map(([title, hash]) => [title, { hash }]));
}

function pass(pause: AnswerPause | undefined, send: () => void): void {
  if (pause === undefined) send();
  else pause.pass(send);
}

/** Answers that wait until they are let go. */
export class AnswerPause {
  private readonly waiting: (() => void)[] = [];
  private isOver = false;

  get held(): number {
    return this.waiting.length;
  }

  pass(send: () => void): void {
    if (this.isOver) send();
    else this.waiting.push(send);
  }

  /** Those that wait go on waiting. */
  letLaterOnesPass(): void {
    this.isOver = true;
  }

  resume(): void {
    this.isOver = true;
    for (const send of this.waiting.splice(0)) send();
  }
}
