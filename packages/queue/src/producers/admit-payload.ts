import { z } from 'zod';

import type { JobDefinition } from '../catalog/job-definition';

export type Admission<Payload> =
  | { readonly status: 'admitted'; readonly payload: Payload }
  | { readonly status: 'rejected'; readonly code: 'JOB_PAYLOAD_INVALID'; readonly message: string };

/** Parses a payload and checks its size, before Redis and again before the handler. */
export function admit<Payload>(definition: JobDefinition<Payload>, data: unknown): Admission<Payload> {
  const parsed = definition.schema.safeParse(data);
  if (!parsed.success) return rejected(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const bytes = Buffer.byteLength(JSON.stringify(parsed.data));
  if (bytes > definition.sizeLimit) {
    return rejected(`the payload has ${bytes} bytes of JSON, more than the limit of ${definition.sizeLimit}`);
  }
  return { status: 'admitted', payload: parsed.data };
}

function rejected(message: string): Admission<never> {
  return { status: 'rejected', code: 'JOB_PAYLOAD_INVALID', message };
}
