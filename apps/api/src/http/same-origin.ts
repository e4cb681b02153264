import type { Request, RequestHandler } from 'express';

import { HttpError } from './http-problem';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something unless a page of this server sent them. Browsers leave out Sec-Fetch-Site on
 * plain HTTP, but send Origin with every request that is not GET or HEAD; whoever sends neither is no browser page.
 */
export const sameOrigin: RequestHandler = (request, _response, next) => {
  if (SAFE_METHODS.has(request.method) || isSameOrigin(request)) next();
  else next(new HttpError('ORIGIN_REFUSED', 'The request does not come from a page of this server'));
};

function isSameOrigin(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('Origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
}
