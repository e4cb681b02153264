import { ReelsyncError } from '@reelsync/core';
import type { z } from 'zod';

import { endpointOf, type EndpointName, type InputOf } from './contract/endpoints';

/** One thing that is wrong with an input, and where. */
export interface InputProblem {
  /** Members and positions, joined by dots; empty: the input as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Throws INPUT_INVALID, with every problem in its context; no value of the input is repeated. */
export function parseInput<N extends EndpointName>(name: N, given: unknown): InputOf<N> {
  const schema: z.ZodType<InputOf<N>> = endpointOf(name).input;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }): InputProblem => ({
    path: path.map(String).join('.'),
    message,
  }));
  const text = problems
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  throw new ReelsyncError('INPUT_INVALID', text, { context: { problems } });
}
