import { ERROR_CODES, ReelsyncError, type ErrorCode } from '@reelsync/core';
import { z } from 'zod';

import { pathMembers } from './contract/endpoint';
import { endpointOf, type EndpointName, type GivenOf, type OutputOf } from './contract/endpoints';
import { clientOver, type CallOptions, type ReelsyncClient } from './reelsync-client';

export const API_BASE = '/api/v1';

export interface HttpClientOptions {
  /** Where the API is, without the base path. */
  readonly url: string;
  readonly token: string;
}

/** RFC 9457, with a stable code. */
const problemSchema = z.object({
  code: z.string(),
  detail: z.string().optional(),
  title: z.string().optional(),
});

const membersSchema = z.record(z.string(), z.unknown());

/** Does it through the admin API of another process. */
export function httpClient(options: HttpClientOptions): ReelsyncClient {
  return clientOver((name, given, call) => request(options, name, given, call));
}

async function request<N extends EndpointName>(
  { url, token }: HttpClientOptions,
  name: N,
  given: GivenOf<N>,
  { signal }: CallOptions,
): Promise<OutputOf<N>> {
  const { method, output } = endpointOf(name);
  const { target, rest } = targetOf(name, given);
  const query = method === 'get' ? new URLSearchParams(textsOf(rest)).toString() : '';
  const response = await send(
    new URL(`${url.replace(/\/+$/, '')}${API_BASE}${target}${query && `?${query}`}`),
    {
      method: method.toUpperCase(),
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'application/json',
        'Content-Type': 'application/json',
      },
      ...(method === 'get' ? {} : { body: JSON.stringify(rest) }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const body = await bodyOf(response);
  if (!response.ok) throw toError(response.status, body);
  const parsed = output.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ReelsyncError('API_REJECTED', `The answer to ${name} is not what this version expects`);
}

/** Puts the members of the input that the path names into the path. */
function targetOf(name: EndpointName, given: unknown): { target: string; rest: Record<string, unknown> } {
  const { path } = endpointOf(name);
  const members = new Map(Object.entries(membersSchema.parse(given)));
  let target = path;
  for (const member of pathMembers({ path })) {
    target = target.replace(`{${member}}`, encodeURIComponent(String(members.get(member))));
    members.delete(member);
  }
  return { target, rest: Object.fromEntries(members) };
}

function textsOf(members: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ReelsyncError('API_UNREACHABLE', `${url.origin} does not answer`, { cause: error });
  }
}

/** Undefined when it is no JSON: something else than our API answered. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The error as if it had happened here. */
function toError(status: number, body: unknown): ReelsyncError {
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    return new ReelsyncError('API_REJECTED', `The answer has status ${status} and no code`);
  const { code, title = '', detail = title } = problem.data;
  return isErrorCode(code)
    ? new ReelsyncError(code, detail)
    : new ReelsyncError('API_REJECTED', `${code}: ${detail}`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
