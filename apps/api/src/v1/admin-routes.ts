import {
  API_BASE,
  ENDPOINT_NAMES,
  ENDPOINTS,
  endpointOf,
  parseInput,
  type EndpointName,
  type Handlers,
} from '@reelsync/admin';
import express, { Router, type Request, type RequestHandler } from 'express';
import { z } from 'zod';

import type { AdminGuard } from '../admin/require-admin';
import { HttpError } from '../http/http-problem';
import { noStore } from '../http/security-headers';
import { whileConnected } from '../http/while-connected';
import { openApiDocument } from './openapi-document';

export interface AdminRoutesOptions {
  readonly handlers: Handlers;
  readonly guard: AdminGuard;
  readonly bodyLimitBytes: number;
}

/** The admin API: one route per endpoint of the contract, and its description. To be mounted at the base path. */
export function adminRoutes({ handlers, guard, bodyLimitBytes }: AdminRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const document = openApiDocument();
  router.use(noStore, guard.requireAdmin);
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  const readBody = [requireJson, express.json({ limit: bodyLimitBytes, strict: true })];
  for (const name of ENDPOINT_NAMES) {
    const { method, path } = ENDPOINTS[name];
    const handler = route(name, handlers[name], guard);
    if (method === 'get') router.get(expressPath(path), handler);
    else router[method](expressPath(path), readBody, handler);
  }
  for (const path of new Set(ENDPOINT_NAMES.map((name) => ENDPOINTS[name].path))) {
    router.all(expressPath(path), refuseMethod(path));
  }
  router.use((_request, _response, next) => {
    next(new HttpError('ROUTE_UNKNOWN', `There is nothing here; see ${API_BASE}/openapi.json`));
  });
  return router;
}

function route<N extends EndpointName>(name: N, handle: Handlers[N], guard: AdminGuard): RequestHandler {
  const { method, status, output } = endpointOf(name);
  return async (request, response) => {
    const given: unknown = method === 'get' ? request.query : bodyOf(request);
    const input = parseInput(name, isObject(given) ? { ...given, ...request.params } : given);
    const result = await handle(input, { actor: guard.actorOf(request), signal: whileConnected(response) });
    response.status(status).json(z.encode(output, result));
  };
}

/** Whatever it is, for the schema to refuse: nothing is not everything. What the path says all of needs no body. */
function bodyOf({ body, params }: Request): unknown {
  const given: unknown = body;
  return given === undefined && Object.keys(params).length > 0 ? {} : given;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get('Content-Length') !== undefined && request.get('Content-Length') !== '0';
  const isChunked = request.get('Transfer-Encoding') !== undefined;
  if ((hasBody || isChunked) && !request.is('json'))
    next(new HttpError('MEDIA_TYPE_UNSUPPORTED', 'The body is not application/json'));
  else next();
};

function refuseMethod(path: string): RequestHandler {
  const allowed = ENDPOINT_NAMES.filter((name) => ENDPOINTS[name].path === path).map((name) =>
    ENDPOINTS[name].method.toUpperCase(),
  );
  return (_request, response, next) => {
    response.setHeader('Allow', allowed.join(', '));
    next(new HttpError('METHOD_NOT_ALLOWED', `This takes ${allowed.join(', ')} only`));
  };
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
