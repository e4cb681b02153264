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

/** What a title's metadata file holds: an object, or text that is no JSON. */
type MetadataFiles = Readonly<Record<string, object | string>>;

/** A file server that plays recorded responses: listing, hashes, metadata files and previews. */
export class RecordedServer {
  /** Paths of the files that were asked for, without their tokens. */
  readonly files: string[] = [];
  listing: Record<string, unknown>;

  private constructor(
    private readonly http: Server,
    readonly baseUrl: string,
    recorded: { readonly listing: string; readonly hashes: string },
    readonly metadata: Record<string, object | string>,
  ) {
    this.listing = JSON.parse(readFixture(recorded.listing));
    const hashes = readFixture(recorded.hashes);
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
      if (path === '/node/media/movies') this.sendListing(request, response);
      else if (path === '/node/api/metadata-hashes/movies') response.end(hashes);
      else this.sendFile(path, response);
    });
  }

  static async start(
    recorded: { readonly listing: string; readonly hashes: string },
    metadata: MetadataFiles,
  ): Promise<RecordedServer> {
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

  private sendListing(request: IncomingMessage, response: ServerResponse): void {
    const body = JSON.stringify(this.listing);
    const etag = `W/"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['x-webhook-id'] !== 'test-webhook') response.writeHead(401).end();
    else if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(body);
  }

  private sendFile(path: string, response: ServerResponse): void {
    this.files.push(path);
    const [file = '', title = ''] = path.split('/').reverse();
    const metadata = Object.hasOwn(this.metadata, title) ? this.metadata[title] : undefined;
    if (file.endsWith('.blurhash')) response.end(`${PREVIEW}\n`);
    else if (file === 'metadata.json' && metadata !== undefined)
      response.end(typeof metadata === 'string' ? metadata : JSON.stringify(metadata));
    else response.writeHead(404).end('<html>404</html>');
  }
}
