import type { MediaServer } from '@reelsync/core';
import { LRUCache } from 'lru-cache';
import type { ClientLimits } from '../http/client-limits';
import { discardBody, type Reply } from '../http/http-transport';
import { publicUrl } from '../http/request-target';
import type { RequestPlan } from '../http/request-plan';
import type { ServerClient } from '../http/server-client';

const MAX_CACHED_URLS = 10_000;

/**
 * Whether a URL can be had (contract §4.1): HEAD, and where a CDN does not answer HEAD, the first two bytes. Yes and no
 * are remembered; a timeout or a broken connection is no answer, so it is thrown and not remembered.
 */
export class AvailabilityChecker {
  private readonly answers: LRUCache<string, boolean>;

  constructor(
    private readonly server: MediaServer,
    private readonly client: ServerClient,
    options: { readonly limits: ClientLimits; readonly now: () => number },
  ) {
    this.answers = new LRUCache({
      max: MAX_CACHED_URLS,
      ttl: options.limits.availabilityTtlMs,
      ttlResolution: 0,
      perf: { now: options.now },
    });
  }

  get cachedAnswers(): number {
    return this.answers.size;
  }

  async check(url: string, signal: AbortSignal | undefined): Promise<boolean> {
    const known = this.answers.get(url);
    if (known !== undefined) return known;
    const answer = (await this.askHead(url, signal)) ?? (await this.askFirstBytes(url, signal));
    this.answers.set(url, answer);
    return answer;
  }

  /** Undefined when the server does not want to answer HEAD: 403, 405 and the like. */
  private async askHead(url: string, signal: AbortSignal | undefined): Promise<boolean | undefined> {
    const plan = this.plan(url, {
      method: 'HEAD',
      headers: {},
      accepts: (status) =>
        isSuccess(status) ||
        status === 501 ||
        (status >= 400 && status < 500 && status !== 408 && status !== 429),
    });
    const status = await this.client.call(plan, signal, readStatus);
    if (isSuccess(status)) return true;
    return isGone(status) ? false : undefined;
  }

  /** 416 says that the file has no first two bytes: there is nothing to play. */
  private async askFirstBytes(url: string, signal: AbortSignal | undefined): Promise<boolean> {
    const plan = this.plan(url, {
      method: 'GET',
      headers: { range: 'bytes=0-1' },
      accepts: (status) => isSuccess(status) || isGone(status) || status === 416,
    });
    return isSuccess(await this.client.call(plan, signal, readStatus));
  }

  private plan(url: string, request: Pick<RequestPlan, 'method' | 'headers' | 'accepts'>): RequestPlan {
    return {
      kind: 'availability',
      subject: `File ${publicUrl(url)}`,
      url,
      timeoutMs: this.server.timeouts.availabilityMs,
      ...request,
    };
  }
}

/** A server that ignores the range sends the whole file; it is not read. */
function readStatus(reply: Reply): Promise<number> {
  discardBody(reply);
  return Promise.resolve(reply.statusCode);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isGone(status: number): boolean {
  return status === 404 || status === 410;
}
