import { API_BASE, ENDPOINT_NAMES, ENDPOINTS, pathMembers, type EndpointName } from '@reelsync/admin';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';

import { EVENT_OPERATION } from '../events/event-operation';
import { EVENTS_PATH } from '../events/event-routes';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; see the error codes of Reelsync.' }),
    detail: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).exactOptional(),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });

const PROBLEM_RESPONSE = {
  default: {
    description: 'It did not work',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
};

/** What the admin API is, made from the same list as its router. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const name of ENDPOINT_NAMES) {
    const { method, path } = ENDPOINTS[name];
    paths[path] = { ...paths[path], [method]: operationOf(name) };
  }
  paths[EVENTS_PATH.slice(API_BASE.length)] = {
    get: { ...EVENT_OPERATION, responses: { ...EVENT_OPERATION.responses, ...PROBLEM_RESPONSE } },
  };
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Reelsync',
        version: '1',
        description: 'Watch and steer the sync. Errors are problem+json with a stable `code`.',
      },
      servers: [{ url: API_BASE }],
      security: [{ token: [] }, { session: [] }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of `API_TOKENS`.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'reelsync',
            description: 'The login of the dashboard.',
          },
        },
      },
      paths,
    },
    {
      override: ({ jsonSchema, zodSchema }) => {
        // On the wire a date is what its codec reads.
        if (zodSchema._zod.def.type === 'date')
          Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
      },
    },
  );
}

function operationOf(name: EndpointName): ZodOpenApiOperationObject {
  const { method, tag, summary, status, output } = ENDPOINTS[name];
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...inputOf(name, method),
    responses: {
      [`${status}`]: { description: 'Done', content: { 'application/json': { schema: output } } },
      ...PROBLEM_RESPONSE,
    },
  };
}

function inputOf(name: EndpointName, method: 'get' | 'post' | 'put'): Partial<ZodOpenApiOperationObject> {
  const endpoint = ENDPOINTS[name];
  const input: z.ZodType = endpoint.input;
  if (!(input instanceof z.ZodObject)) return bodyOf(input);
  const members = Object.keys(input.shape);
  const inPath = pathMembers(endpoint);
  const path = input.pick(maskOf(inPath));
  const rest = input.pick(maskOf(members.filter((member) => !inPath.includes(member))));
  if (method === 'get') return { requestParams: { path, query: rest } };
  return { requestParams: { path }, ...(members.length > inPath.length ? bodyOf(rest) : {}) };
}

function bodyOf(schema: z.ZodType): Partial<ZodOpenApiOperationObject> {
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

function maskOf(names: readonly string[]): Record<string, true> {
  return Object.fromEntries(names.map((name) => [name, true]));
}
