import type { FetchContent, FetchOutcome, MediaServer } from '@reelsync/core';
import { acceptedEncoding, bodyChunks, readBody } from '../http/body';
import { DEFAULT_CLIENT_LIMITS, type ClientLimits } from '../http/client-limits';
import { discardBody, type InjectFault } from '../http/http-transport';
import type { RequestPlan, RequestStat } from '../http/request-plan';
import { ServerClient, type ServerStats } from '../http/server-client';
import { MemberStream, type ListingMembers } from '../listing/member-stream';
import type { SegmentMark } from '../listing/segment-mark';
import type { ListingKind } from '../urls/listing-kind';
import type { UrlBuilder } from '../urls/url-builder';
import { AvailabilityChecker } from './availability-checker';
import { FileReader } from './file-reader';
import { parseShowHashes } from './show-hashes';
import { TitleHashReader, type TitleHashMap } from './title-hashes';

export interface FileServerAdapterOptions {
  readonly server: MediaServer;
  readonly urls: UrlBuilder;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly limits?: Partial<ClientLimits>;
  /** Called after each attempt, retries included. */
  readonly onRequest?: (stat: RequestStat) => void;
  readonly injectFault?: InjectFault;
}

/** The members (see `listingItems`) must be read to the end or `return()`ed, until then they hold a connection. */
export type ListingResponse = (
  | { readonly status: 'not-modified' }
  | {
      readonly status: 'changed';
      readonly etag?: string;
      readonly members: ListingMembers;
    }
) & {
  /** Bytes of the document so far, after decompression. */
  readonly bytesRead: () => number;
};

/** What is kept of one server's answers. */
export interface CacheStats {
  readonly files: number;
  readonly fileBytes: number;
  /** URLs that are known to be there, or not to be. */
  readonly availability: number;
}

interface ListingOptions {
  /** Of the last complete listing; asks for `not-modified`. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

const SUBJECTS: Readonly<Record<ListingKind, { readonly listing: string; readonly hashes: string }>> = {
  movies: { listing: 'Movie listing', hashes: 'Hash map of movies' },
  tv: { listing: 'TV listing', hashes: 'Hash map of TV shows' },
};

/** The one way to a media file server. All requests of a process to it pass its limiter, retry and breaker. */
export class FileServerAdapter {
  readonly server: MediaServer;
  private readonly urls: UrlBuilder;
  private readonly limits: ClientLimits;
  private readonly client: ServerClient;
  private readonly files: FileReader;
  private readonly availability: AvailabilityChecker;

  constructor(options: FileServerAdapterOptions) {
    const {
      server,
      urls,
      now = Date.now,
      random = Math.random,
      onRequest = ignoreStat,
      injectFault,
    } = options;
    this.server = server;
    this.urls = urls;
    this.limits = { ...DEFAULT_CLIENT_LIMITS, ...options.limits };
    this.client = new ServerClient({ server, limits: this.limits, now, random, onRequest, injectFault });
    this.files = new FileReader(server, this.client, this.limits);
    this.availability = new AvailabilityChecker(server, this.client, { limits: this.limits, now });
  }

  /**
   * Asks for a listing. It counts as a simultaneous request until its headers arrive; its body has a connection of its
   * own, so a consumer may read files between two items, at any concurrency. No Cache-Control is sent: `no-cache` would
   * defeat the 304 (contract §5).
   */
  async fetchListing(kind: ListingKind, options: ListingOptions = {}): Promise<ListingResponse> {
    const { etag, signal } = options;
    const plan = this.listingPlan(kind, etag);
    const reply = await this.client.call(plan, signal, async (received) => Promise.resolve(received));
    if (reply.statusCode === 304) {
      discardBody(reply);
      return { status: 'not-modified', bytesRead: () => 0 };
    }
    const members = new MemberStream({
      reply,
      maxRecordBytes: this.limits.recordBytes,
      idleMs: plan.timeoutMs,
      parents: [signal, this.client.closed],
      fail: (code, what, cause) => this.client.errors.create(plan, code, what, { cause }),
    });
    const newEtag = reply.headers.etag;
    return {
      status: 'changed',
      ...(typeof newEtag === 'string' ? { etag: newEtag } : {}),
      members,
      bytesRead: () => members.bytesRead,
    };
  }

  /** The server's own hashes of all its titles, but for segments that are known. Titles without one are left out. */
  async fetchTitleHashes<K extends SegmentMark = SegmentMark>(
    kind: ListingKind,
    options: { readonly signal?: AbortSignal; readonly known?: Iterable<K> } = {},
  ): Promise<TitleHashMap<K>> {
    const plan = this.hashesPlan(kind);
    const maxBytes = this.limits.titleHashesBytes;
    return this.client.call(plan, options.signal, async (reply) => {
      const reader = new TitleHashReader(options.known ?? []);
      const chunks = bodyChunks(reply, maxBytes, () =>
        this.client.errors.create(plan, 'RESPONSE_TOO_LARGE', `is larger than ${maxBytes} bytes`),
      );
      for await (const chunk of chunks) reader.push(chunk);
      const problem = reader.finish();
      if (problem !== undefined)
        throw this.client.errors.create(plan, 'LISTING_INVALID', `is no map of hashes: ${problem}`);
      return reader;
    });
  }

  /**
   * The server's own hashes of a show's seasons or, with one of their keys, of that season's episodes. Empty when the
   * server has none, as for a folder called `Specials` (contract §5.1).
   */
  async fetchShowHashes(
    title: string,
    options: { readonly season?: string; readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlyMap<string, string>> {
    const { season, signal } = options;
    const plan: RequestPlan = {
      ...this.hashesPlan('tv'),
      subject: season === undefined ? `Hashes of '${title}'` : `Hashes of season ${season} of '${title}'`,
      title,
      url: this.urls.showHashesUrl(this.server, title, season),
      accepts: (status) => status === 200 || status === 404,
    };
    const maxBytes = this.limits.titleHashesBytes;
    return this.client.call(plan, signal, async (reply) => {
      const body = await readBody(reply, maxBytes, () =>
        this.client.errors.create(plan, 'RESPONSE_TOO_LARGE', `is larger than ${maxBytes} bytes`),
      );
      return reply.statusCode === 404 ? new Map<string, string>() : parseShowHashes(body);
    });
  }

  /** Reads and checks one file that the listing names. Throws only when the signal is aborted, then its reason. */
  async fetchFile(
    content: FetchContent,
    url: string,
    options: { readonly title: string; readonly signal?: AbortSignal },
  ): Promise<FetchOutcome> {
    return this.files.fetchFile(content, url, options);
  }

  /** Whether a URL can be had; the answer is remembered for 5 minutes. Throws when the server gave no answer. */
  async checkAvailability(url: string, options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    return this.availability.check(url, options.signal);
  }

  stats(): ServerStats {
    return this.client.stats();
  }

  cacheStats(): CacheStats {
    return {
      files: this.files.cachedFiles,
      fileBytes: this.files.cachedBytes,
      availability: this.availability.cachedAnswers,
    };
  }

  /** Ends everything under way with JOB_CANCELLED and closes all connections. */
  async close(): Promise<void> {
    await this.client.close();
  }

  private listingPlan(kind: ListingKind, etag: string | undefined): RequestPlan {
    const url = this.urls.listingUrl(this.server, kind);
    const plan: RequestPlan = {
      kind: 'listing',
      subject: SUBJECTS[kind].listing,
      url,
      method: 'GET',
      headers: {
        ...acceptedEncoding(url),
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      timeoutMs: this.server.timeouts.listingMs,
      accepts: (status) => status === 200 || (status === 304 && etag !== undefined),
    };
    const { webhookId } = this.server;
    if (webhookId === undefined) {
      throw this.client.errors.create(plan, 'SERVER_UNAUTHORIZED', 'was not requested: no webhook id is set');
    }
    return { ...plan, headers: { ...plan.headers, 'x-webhook-id': webhookId } };
  }

  private hashesPlan(kind: ListingKind): RequestPlan {
    const url = this.urls.titleHashesUrl(this.server, kind);
    return {
      kind: 'title-hashes',
      subject: SUBJECTS[kind].hashes,
      url,
      method: 'GET',
      headers: acceptedEncoding(url),
      timeoutMs: this.server.timeouts.listingMs,
      accepts: (status) => status === 200,
    };
  }
}

function ignoreStat(): void {
  // Nobody asked for figures.
}
