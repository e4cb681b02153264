import { toReelsyncError, type FetchContent, type FetchOutcome, type MediaServer } from '@reelsync/core';
import { LRUCache } from 'lru-cache';
import { acceptedEncoding, readBody } from '../http/body';
import type { ClientLimits } from '../http/client-limits';
import { discardBody, type Reply } from '../http/http-transport';
import type { RequestPlan } from '../http/request-plan';
import type { ServerClient } from '../http/server-client';
import { CONTENT_RULES, type ContentRules } from './file-content';

interface CachedFile {
  readonly validators: Readonly<Record<string, string>>;
  /** As received: parsed anew each time, so that no two readers share an object. */
  readonly body: Buffer;
}

type FileReply =
  | {
      readonly status: 'fresh' | 'revalidated';
      readonly body: Buffer;
      readonly validators?: CachedFile['validators'];
    }
  | { readonly status: 'missing' };

/**
 * Reads the files that a listing names. One cache layer, keyed by the absolute URL with its token (ST-2), which only
 * answers a 304: the body is in hand before the condition is sent, so a 304 can never come without one (B-36).
 */
export class FileReader {
  private readonly cache: LRUCache<string, CachedFile>;

  constructor(
    private readonly server: MediaServer,
    private readonly client: ServerClient,
    private readonly limits: ClientLimits,
  ) {
    this.cache = new LRUCache({
      maxSize: limits.cachedFileBytes,
      sizeCalculation: ({ body }, url) => body.length + url.length,
    });
  }

  get cachedFiles(): number {
    return this.cache.size;
  }

  get cachedBytes(): number {
    return this.cache.calculatedSize;
  }

  async fetchFile(
    content: FetchContent,
    url: string,
    options: { readonly title: string; readonly signal?: AbortSignal },
  ): Promise<FetchOutcome> {
    const rules = CONTENT_RULES[content];
    const cached = this.cache.get(url);
    const plan = this.plan(content, rules, url, options.title, cached);
    try {
      const reply = await this.client.call(plan, options.signal, async (received) =>
        this.readReply(plan, rules, received, cached),
      );
      return this.toOutcome(plan, rules, reply);
    } catch (error) {
      options.signal?.throwIfAborted();
      return { status: 'failed', error: toReelsyncError(error) };
    }
  }

  private plan(
    content: FetchContent,
    rules: ContentRules,
    url: string,
    title: string,
    cached: CachedFile | undefined,
  ): RequestPlan {
    return {
      kind: content,
      subject: rules.subject(title),
      title,
      url,
      method: 'GET',
      headers: { ...acceptedEncoding(url), ...cached?.validators },
      timeoutMs: rules.timeoutMs(this.server),
      accepts: (status) =>
        status === 200 || status === 404 || status === 410 || (status === 304 && cached !== undefined),
    };
  }

  private async readReply(
    plan: RequestPlan,
    rules: ContentRules,
    reply: Reply,
    cached: CachedFile | undefined,
  ): Promise<FileReply> {
    if (reply.statusCode !== 200) {
      discardBody(reply);
      return reply.statusCode === 304 && cached !== undefined
        ? { status: 'revalidated', body: cached.body }
        : { status: 'missing' };
    }
    const maxBytes = rules.maxBytes(this.limits);
    const body = await readBody(reply, maxBytes, () =>
      this.client.errors.create(plan, 'RESPONSE_TOO_LARGE', `is larger than ${maxBytes} bytes`),
    );
    return { status: 'fresh', body, validators: validatorsOf(reply) };
  }

  private toOutcome(plan: RequestPlan, rules: ContentRules, reply: FileReply): FetchOutcome {
    if (reply.status === 'missing') {
      this.cache.delete(plan.url);
      return { status: 'missing' };
    }
    const parsed = rules.parse(reply.body);
    if (!parsed.ok) {
      this.cache.delete(plan.url);
      return { status: 'failed', error: this.client.errors.create(plan, rules.invalid, parsed.problem) };
    }
    if (reply.validators !== undefined && Object.keys(reply.validators).length > 0) {
      this.cache.set(plan.url, { validators: reply.validators, body: reply.body });
    }
    return { status: reply.status, content: parsed.content };
  }
}

/** The condition for asking again: the ETag, else the modification time. */
function validatorsOf({ headers }: Reply): Readonly<Record<string, string>> {
  if (typeof headers.etag === 'string') return { 'if-none-match': headers.etag };
  const lastModified = headers['last-modified'];
  return typeof lastModified === 'string' ? { 'if-modified-since': lastModified } : {};
}
