import { ReelsyncError } from '@reelsync/core';

import { isJobName, type JobCatalog, type JobDefinition, type JobSubject } from '../catalog/job-definition';
import { admit } from '../producers/admit-payload';
import type {
  CompletedJob,
  FailedJob,
  HandlerMap,
  JobContext,
  JobHandler,
  JobOrder,
  JobReturn,
  JobSettlement,
} from './job-handler';

/** A job whose payload and handler are known to fit each other; the payload's type is behind the closures. */
export interface PreparedJob<Payloads, N extends keyof Payloads = keyof Payloads> {
  readonly order: JobOrder<Payloads, N>;
  readonly subject: JobSubject;
  readonly deadlineMs: number;
  handle(context: JobContext): Promise<JobReturn>;
  settlement(end: CompletedJob | FailedJob): JobSettlement<Payloads, N>;
}

/** Throws CONFIG_INVALID unless every job of the catalog has its handler and every handler its job. */
export function assertHandlersMatch<Payloads>(
  catalog: JobCatalog<Payloads>,
  handlers: HandlerMap<Payloads>,
): void {
  const missing = Object.keys(catalog).filter((name) => !Object.hasOwn(handlers, name));
  const extra = Object.keys(handlers).filter((name) => !Object.hasOwn(catalog, name));
  if (missing.length + extra.length === 0) return;
  const problems = [
    ...missing.map((name) => `no handler for ${name}`),
    ...extra.map((name) => `a handler for ${name}, which is not in the job catalog`),
  ];
  throw new ReelsyncError('CONFIG_INVALID', `handlers and job catalog disagree: ${problems.join('; ')}`);
}

/** Parses the payload again: it may come from another version. Throws JOB_PAYLOAD_INVALID. */
export function prepareJob<Payloads, N extends keyof Payloads & string>(
  name: N,
  data: unknown,
  catalog: JobCatalog<Payloads>,
  handlers: HandlerMap<Payloads>,
): PreparedJob<Payloads, N> {
  const definition: JobDefinition<Payloads[N]> = catalog[name];
  const handler: JobHandler<Payloads[N]> = handlers[name];
  const admission = admit(definition, data);
  if (admission.status === 'rejected') throw new ReelsyncError(admission.code, admission.message);
  const { payload } = admission;
  return {
    order: { name, payload },
    subject: definition.subject(payload),
    deadlineMs: definition.deadlineMs,
    handle: (context) => handler(payload, context),
    settlement: (end) => ({ name, payload, ...end }),
  };
}

/** The settlement of a job that could not be prepared. Undefined when nobody knows its name. */
export function settlementWithoutPayload<Payloads>(
  name: string,
  end: FailedJob,
  catalog: JobCatalog<Payloads>,
): JobSettlement<Payloads> | undefined {
  return isJobName(catalog, name) ? { name, ...end } : undefined;
}
