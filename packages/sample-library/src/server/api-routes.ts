import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Publication } from '../contract/movie-entry';
import { movieEntry } from '../contract/movie-entry';
import { generatedText, movieTitleHash, uncombinedMovieHash } from '../contract/movie-hashes';
import { showEntry } from '../contract/show-entry';
import { seasonHashes, showHashes } from '../contract/show-hashes';
import type { Library } from '../library/library';
import type { CachedBody } from './cached-body';
import { cachedBody } from './cached-body';
import { ListingBody } from './listing-body';
import type { Reply } from './reply';
import { apiReply, jsonReply, textBody } from './reply';
import { SegmentedDocument } from './segmented-document';
import { decodedTwice } from './url-segments';

export interface ApiOptions {
  readonly library: Library;
  readonly publication: Publication;
  readonly webhookId: string;
  readonly now: () => Date;
}

type MediaKind = 'movies' | 'tv';
/** Lets a fault stand in for the body of an answer. */
export type BodyFilter = (body: CachedBody) => CachedBody;

const UNAUTHORIZED = {
  error: 'Authentication required',
  message: 'Either a valid webhook ID or admin user session is required',
  supportedMethods: [
    'x-webhook-id: <webhook-id> (recommended for automated services)',
    'Authorization: Bearer <token> (for admin users)',
    'Session cookie (for browser-based access)',
  ],
};
const HASH_CACHE_CONTROL = 'public, max-age=300';

/** The API surface below `/node`. */
export class ApiRoutes {
  private readonly listings: Record<MediaKind, ListingBody>;
  private readonly hashMaps: Record<MediaKind, SegmentedDocument>;

  constructor(private readonly options: ApiOptions) {
    const { library, publication } = options;
    this.listings = {
      movies: new ListingBody(library.movies, (title) => {
        const folder = library.movies.get(title);
        return folder ? JSON.stringify(movieEntry(title, folder, publication)) : null;
      }),
      tv: new ListingBody(library.shows, (title) => {
        const folder = library.shows.get(title);
        return folder ? JSON.stringify(showEntry(title, folder, publication)) : null;
      }),
    };
    this.hashMaps = {
      movies: new SegmentedDocument(library.movies, (title) => {
        const folder = library.movies.get(title);
        const changedAt = library.changedAt('movies', title);
        return folder ? JSON.stringify(movieTitleHash(title, folder, publication, changedAt)) : null;
      }),
      tv: new SegmentedDocument(library.shows, (title) => {
        const folder = library.shows.get(title);
        return folder
          ? JSON.stringify(showHashes(title, folder, publication, library.changedAt('tv', title)).title)
          : null;
      }),
    };
  }

  close(): void {
    for (const kind of ['movies', 'tv'] as const) {
      this.listings[kind].close();
      this.hashMaps[kind].close();
    }
  }

  /** Answers a path such as `/media/movies`; `filter` is applied to listing bodies. */
  async reply(request: IncomingMessage, path: string, filter: BodyFilter): Promise<Reply> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const [, area, name, ...rest] = path.split('/');
    if (area === 'media' && rest.length === 0 && (isRead || name === 'scan')) {
      if (name === 'movies' || name === 'tv') return this.listing(request, name, filter);
      if (name === 'scan' && request.method === 'POST') return this.scan(request);
    }
    if (isRead && area === 'api' && name === 'metadata-hashes') return this.hashes(request, rest);
    if (isRead && area === 'api' && name === 'health') return this.health(request);
    return this.unknown(request, path);
  }

  private async listing(request: IncomingMessage, kind: MediaKind, filter: BodyFilter): Promise<Reply> {
    if (!this.isAuthorized(request)) return jsonReply(request, 401, UNAUTHORIZED);
    return apiReply(request, filter(await this.listings[kind].body()));
  }

  private scan(request: IncomingMessage): Promise<Reply> {
    if (!this.isAuthorized(request)) return jsonReply(request, 401, UNAUTHORIZED);
    return apiReply(request, textBody('Library scan completed', 'text/html; charset=utf-8'));
  }

  private isAuthorized(request: IncomingMessage): boolean {
    return request.headers['x-webhook-id'] === this.options.webhookId;
  }

  private async hashes(request: IncomingMessage, segments: readonly string[]): Promise<Reply> {
    const [kind, encodedTitle, encodedSeason] = segments;
    if (kind !== 'movies' && kind !== 'tv') {
      return jsonReply(request, 400, { error: "Invalid media type. Must be 'movies' or 'tv'." });
    }
    if (encodedTitle === undefined) return this.bulkHashes(request, kind);
    if (kind === 'movies' && encodedSeason !== undefined) {
      return jsonReply(request, 400, { error: 'Invalid media type. This endpoint is for TV shows only.' });
    }
    const title = decodedTwice(encodedTitle);
    if (title === null) return jsonReply(request, 500, { error: 'Internal server error' });
    return kind === 'movies' ? this.movieHash(request, title) : this.showHash(request, title, encodedSeason);
  }

  private async bulkHashes(request: IncomingMessage, kind: MediaKind): Promise<Reply> {
    const { members, digest } = await this.hashMaps[kind].snapshot();
    const hash = createHash('sha1').update(digest).digest('hex');
    const head = Buffer.from(`{"hash":"${hash}","titles":{`);
    const tail = Buffer.from(`},"generated":"${this.options.now().toISOString()}"}`);
    const body = cachedBody([head, ...members, tail], 'application/json; charset=utf-8', `"${hash}"`);
    return apiReply(request, body, { cacheControl: HASH_CACHE_CONTROL });
  }

  private movieHash(request: IncomingMessage, title: string): Promise<Reply> {
    const { library, publication } = this.options;
    const folder = library.movies.get(title);
    if (!folder) return jsonReply(request, 404, { error: 'Movie not found' });
    const changedAt = library.changedAt('movies', title);
    const hash = uncombinedMovieHash(title, folder, publication);
    const { lastModified } = movieTitleHash(title, folder, publication, changedAt);
    return hashReply(request, hash, { title, hash, lastModified, generated: generatedText(changedAt) });
  }

  private showHash(
    request: IncomingMessage,
    title: string,
    encodedSeason: string | undefined,
  ): Promise<Reply> {
    const { library, publication } = this.options;
    const folder = library.shows.get(title);
    if (!folder) return jsonReply(request, 404, { error: 'TV show not found' });
    const changedAt = library.changedAt('tv', title);
    const generated = this.options.now().toISOString();
    if (encodedSeason === undefined) {
      const hashes = showHashes(title, folder, publication, changedAt);
      return hashReply(request, hashes.title.hash, {
        hash: hashes.title.hash,
        seasons: hashes.seasons,
        generated,
      });
    }
    const segment = decodedTwice(encodedSeason);
    const season = segment === null ? null : seasonHashes(title, folder, segment, publication, changedAt);
    if (!season) return jsonReply(request, 404, { error: 'Season not found' });
    return hashReply(request, season.hash, { ...season, generated });
  }

  private health(request: IncomingMessage): Promise<Reply> {
    const message = 'System health data not yet available. Please try again in a moment.';
    return jsonReply(request, 200, {
      status: 'unknown',
      message,
      timestamp: this.options.now().toISOString(),
    });
  }

  private unknown(request: IncomingMessage, path: string): Promise<Reply> {
    return jsonReply(request, 404, {
      error: 'Not Found',
      message: `The requested endpoint '${request.method ?? 'GET'} ${path}' does not exist`,
      statusCode: 404,
      timestamp: this.options.now().toISOString(),
      suggestion: 'Media library endpoints',
      availableEndpoints: [
        '/media/movies - List all movies',
        '/media/tv - List all TV shows',
        '/media/scan - Trigger library scan',
      ],
    });
  }
}

function hashReply(request: IncomingMessage, hash: string, value: object): Promise<Reply> {
  const body = textBody(JSON.stringify(value), 'application/json; charset=utf-8', `"${hash}"`);
  return apiReply(request, body, { cacheControl: HASH_CACHE_CONTROL });
}
