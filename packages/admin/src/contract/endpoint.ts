import type { z } from 'zod';

/** One thing that an operator can ask for or do. */
export interface Endpoint<Given, Input, Output> {
  readonly method: 'get' | 'post' | 'put';
  /** Below the base path. `{name}` stands for a member of the input; the others travel in the query (GET) or the body. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Of a successful answer. */
  readonly status: 200 | 201 | 202;
  readonly input: z.ZodType<Input, Given>;
  readonly output: z.ZodType<Output>;
}

/** Infers the types of one entry from its schemas. */
export function defineEndpoint<Given, Input, Output>(
  endpoint: Endpoint<Given, Input, Output>,
): Endpoint<Given, Input, Output> {
  return endpoint;
}

/** Names of the members that are part of the path. */
export function pathMembers({ path }: Pick<Endpoint<unknown, unknown, unknown>, 'path'>): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
