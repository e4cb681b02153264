import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { StaticFile } from '../contract/static-files';
import type { Library } from '../library/library';
import type { ApiRoutes } from './api-routes';
import { cachedBody } from './cached-body';
import { faultBody } from './fault-bodies';
import type { BodyFault, FaultRule, Faults } from './faults';
import type { Reply } from './reply';
import { htmlReply, jsonReply, sendReply } from './reply';
import { classify } from './request-class';
import type { RequestClass } from './request-class';
import { staticReply } from './static-routes';
import type { Statistics } from './statistics';

export interface HandlerParts {
  readonly library: Library;
  readonly prefix: string;
  readonly api: ApiRoutes;
  readonly faults: Faults;
  readonly statistics: Statistics;
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Authorization Required',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
};

/** Answers one request: counts it, lets a fault strike, then routes it. */
export async function handleRequest(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const path = target.split('?', 1)[0] ?? '/';
  const kind = classify(path);
  const beganAt = parts.statistics.began(kind);
  response.once('close', () => parts.statistics.ended(kind, beganAt, response.writableFinished));

  const rule = parts.faults.strike(kind, target);
  const latency = parts.faults.latencyMs + (rule?.latencyMs ?? 0);
  // The timer must not keep a closing process alive.
  if (latency > 0) await delay(latency, undefined, { ref: false });
  if (rule?.hold === true) await parts.faults.untilLetGo(rule, target, leaving(response));
  if (rule?.hang === true || hasLeft(response)) return;
  if (rule?.closeConnection === true) {
    request.socket.destroy();
    return;
  }
  const reply = await replyTo(parts, request, path, kind, rule);
  try {
    const bytes = await sendReply(request, response, reply);
    parts.statistics.answered(kind, reply.status, bytes);
  } catch (error) {
    // The client left in the middle of a body: `ended` counts it as unanswered.
    if (!hasLeft(response)) throw error;
  }
}

function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (hasLeft(response)) controller.abort();
  else response.once('close', () => controller.abort());
  return controller.signal;
}

/** The client hung up, or the server was taken down. */
function hasLeft(response: ServerResponse): boolean {
  return response.destroyed;
}

function replyTo(
  parts: HandlerParts,
  request: IncomingMessage,
  path: string,
  kind: RequestClass,
  rule: FaultRule | undefined,
): Promise<Reply> | Reply {
  const isApi = kind === 'listing' || kind === 'hashes' || kind === 'api';
  if (rule?.status !== undefined)
    return statusReply(request, isApi, rule.status, rule.retryAfterSeconds ?? 1);
  const fault = rule?.body;
  if (isApi) {
    return parts.api.reply(request, path.slice('/node'.length), (body) =>
      fault === undefined ? body : faultBody(fault, body, kind === 'listing'),
    );
  }
  return staticReply(request, path, parts.library, parts.prefix, (file) =>
    fault === undefined ? file : faultFile(fault, file),
  );
}

function faultFile(fault: BodyFault, file: StaticFile): StaticFile {
  const body = faultBody(fault, cachedBody([file.body], file.contentType, ''), false);
  return { mtime: file.mtime, contentType: body.contentType, body: Buffer.concat(body.chunks) };
}

async function statusReply(
  request: IncomingMessage,
  isApi: boolean,
  status: number,
  retryAfter: number,
): Promise<Reply> {
  const reason = REASONS[status] ?? 'Error';
  const reply = isApi ? await jsonReply(request, status, { error: reason }) : htmlReply(status, reason);
  return status === 429 ? { ...reply, headers: { ...reply.headers, 'Retry-After': retryAfter } } : reply;
}
