import { encodeTitleSegment, joinMediaUrl, type MediaServer } from '@reelsync/core';
import { LRUCache } from 'lru-cache';
import type { ListingKind } from './listing-kind';

const MAX_ENTRIES = 10_000;

/**
 * Every URL that Reelsync asks a file server for (contract §1.1). Built media URLs are remembered by server base, prefix
 * and path: a changed host or prefix therefore changes every URL at once (AV-9, B-34).
 */
export class UrlBuilder {
  private readonly built = new LRUCache<string, string>({ max: MAX_ENTRIES });

  /** URL of a path that a listing gave. */
  mediaUrl(server: MediaServer, path: string): string {
    // A line feed cannot stand in a base URL or a prefix, so two different triples never share a key.
    const key = `${server.baseUrl}\n${server.prefix}\n${path}`;
    const known = this.built.get(key);
    if (known !== undefined) return known;
    const url = joinMediaUrl(server, path);
    this.built.set(key, url);
    return url;
  }

  /** The listings are asked for at the public API address, also when there is an internal one (contract §1). */
  listingUrl(server: MediaServer, kind: ListingKind): string {
    return `${withoutTrailingSlash(server.nodeUrl)}/media/${kind}`;
  }

  /** The bulk hash map, at the internal address when there is one (B-35). */
  titleHashesUrl(server: MediaServer, kind: ListingKind): string {
    return `${withoutTrailingSlash(server.internalUrl ?? server.nodeUrl)}/api/metadata-hashes/${kind}`;
  }

  /** Hashes of a show's seasons, or of the episodes of one: `season` is a key of the former, never a number (contract §5.1). */
  showHashesUrl(server: MediaServer, title: string, season?: string): string {
    const show = `${this.titleHashesUrl(server, 'tv')}/${hashTitleSegment(title)}`;
    return season === undefined ? show : `${show}/${encodeTitleSegment(season)}`;
  }

  /** How many media URLs are remembered. */
  get size(): number {
    return this.built.size;
  }
}

/** The hash API decodes the title twice: encoded once, `100% Wolf` is an error and `50%25` is another title (contract §5.5). */
function hashTitleSegment(title: string): string {
  const segment = encodeTitleSegment(title);
  return title.includes('%') ? encodeTitleSegment(segment) : segment;
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
