import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MediaServer } from '@reelsync/core';
import { mediaServer } from './world';

export function readFixture(name: string): string {
  return readFileSync(join(__dirname, '../fixtures', name), 'utf8');
}

/** The preview that every image of a recorded server has. */
export const PREVIEW = readFixture('poster.jpg.blurhash').trim();

const NO_HASHES = JSON.stringify({ hash: null, titles: {} });

/** One listing and the hashes that belong to it; the other listing of the server is empty. */
interface Recording {
  readonly kind?: 'movies' | 'tv';
  readonly listing: string;
  readonly hashes: string;
}

/**
 * What metadata files hold, an object or text that is no JSON: of movies by title, of shows and episodes by their path
 * below the folder of all shows.
 */
type MetadataFiles = Readonly<Record<string, object | string>>;

/** A file server that plays recorded responses: listing, hashes, metadata files and previews. */
export class RecordedServer {
  /** Paths of the files that were asked for, without their tokens. */
  readonly files: string[] = [];
  listing: Record<string, unknown>;

  private constructor(
    private readonly http: Server,
    readonly baseUrl: string,
    recorded: Recording,
    readonly metadata: Record<string, object | string>,
  ) {
    this.listing = JSON.parse(readFixture(recorded.listing));
    const hashes = readFixture(recorded.hashes);
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
      const { kind = 'movies' } = recorded;
      if (path === `/node/media/${kind}`) this.sendListing(this.listing, request, response);
      else if (path.startsWith('/node/media/')) this.sendListing({}, request, response);
      else if (path === `/node/api/metadata-hashes/${kind}`) response.end(hashes);
      else if (path.startsWith('/node/api/metadata-hashes/')) response.end(NO_HASHES);
      else this.sendFile(path, response);
    });
  }

  static async start(recorded: Recording, metadata: MetadataFiles): Promise<RecordedServer> {
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new RecordedServer(http, `http://127.0.0.1:${address.port}`, recorded, { ...metadata });
  }

  configured(options: Pick<MediaServer, 'id'> & Partial<MediaServer>): MediaServer {
    return mediaServer({ baseUrl: this.baseUrl, ...options });
  }

  async close(): Promise<void> {
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
  }

  private sendListing(listing: object, request: IncomingMessage, response: ServerResponse): void {
    const body = JSON.stringify(listing);
    const etag = `W/"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['x-webhook-id'] !== 'test-webhook') response.writeHead(401).end();
    else if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(body);
  }

  private sendFile(path: string, response: ServerResponse): void {
    this.files.push(path);
    const [file = '', title = ''] = path.split('/').reverse();
    const key = /^(?:\/media)?\/tv\/(.*)$/.exec(path)?.[1] ?? title;
    const metadata = Object.hasOwn(this.metadata, key) ? this.metadata[key] : undefined;
    if (file.endsWith('.blurhash')) response.end(`${PREVIEW}\n`);
    else if (file.endsWith('metadata.json') && metadata !== undefined)
      response.end(typeof metadata === 'string' ? metadata : JSON.stringify(metadata));
    else response.writeHead(404).end('<html>404</html>');
  }
}
