import { Agent, type Dispatcher } from 'undici';
import type { RequestPlan } from './request-plan';
import { RequestTargets } from './request-target';

/** For measurements: what it returns is thrown in place of sending the request. */
export type InjectFault = (request: Pick<RequestPlan, 'kind' | 'url'>) => Error | undefined;

export type Reply = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** How much of an unwanted body is read to keep its connection usable, and for how long. */
const DISCARD_BYTES = 16 * 1024;
const DISCARD_MS = 1_000;

class InvalidUrlError extends Error {
  readonly code = 'UND_ERR_INVALID_ARG';
}

/**
 * The connections to one server: one keep-alive pool per origin (its static and its API surface may be two). Listings have
 * connections of their own, without a limit: a listing is read for as long as its consumer takes, and a consumer that
 * reads files meanwhile would wait for ever at a concurrency of 1 if both shared a pool.
 */
export class HttpTransport {
  private readonly files: Agent;
  private readonly listings = new Agent();
  private readonly targets = new RequestTargets();

  constructor(
    private readonly options: {
      readonly concurrency: number;
      readonly injectFault?: InjectFault | undefined;
    },
  ) {
    this.files = new Agent({ connections: options.concurrency });
  }

  /** Resolves when the headers have arrived. Deadlines are the signal's business, undici's own are off. */
  async send(plan: RequestPlan, signal: AbortSignal): Promise<Reply> {
    const target = this.targets.of(plan.url);
    if (target === undefined) throw new InvalidUrlError('its URL is not an absolute http(s) URL');
    const fault = this.options.injectFault?.(plan);
    if (fault !== undefined) throw fault;
    const { origin, path, authorization } = target;
    const agent = plan.kind === 'listing' ? this.listings : this.files;
    return agent.request({
      origin,
      path,
      method: plan.method,
      headers: { ...plan.headers, ...(authorization === undefined ? {} : { authorization }) },
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
  }

  /** Ends every connection, also those with a request under way. */
  async destroy(): Promise<void> {
    await Promise.all([this.files.destroy(), this.listings.destroy()]);
  }
}

/**
 * Frees the connection of a reply whose body does not matter. The result is already known from the status, so nobody
 * waits for this: a body that is too long or too slow costs its connection and nothing else.
 */
export function discardBody(reply: Reply): void {
  const { body } = reply;
  body.dump({ limit: DISCARD_BYTES, signal: AbortSignal.timeout(DISCARD_MS) }).catch(() => body.destroy());
}
