import { ReelsyncError } from '@reelsync/core';
import type { WebhookEndpoint } from '@reelsync/database';
import type { WebhookIntake } from '@reelsync/sync';
import type { Request, RequestHandler } from 'express';

import { toHttpProblem } from '../http/http-problem';
import { withinDeadline } from '../http/within-deadline';
import { parseJsonDocument } from './json-document';
import { bodyReader } from './webhook-body';

/** What every endpoint works with. */
export interface WebhookContext {
  readonly intake: Pick<WebhookIntake, 'accept' | 'note' | 'applyStatus' | 'reject'>;
  readonly bodyLimitBytes: number;
  /** Senders wait within their own work, some without a timeout (contract §7.1): a hanging dependency must not hold them. */
  readonly deadlineMs: number;
  readonly now: () => Date;
}

/** A sender that has shown who it is. */
export interface Sender {
  /** For the delivery log. */
  readonly source: string;
}

export interface Answer {
  readonly status: 200 | 202;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface WebhookEndpointOptions<S extends Sender> {
  readonly endpoint: WebhookEndpoint;
  readonly anyContentType?: boolean;
  /** By the headers alone; throws before a byte of the body is read. */
  readonly authenticate: (request: Request) => S;
  /** Of a sender whose proof covers the body. */
  readonly verify?: (sender: S, bytes: Buffer) => void;
  /** `body` is undefined when there is none. */
  readonly handle: (sender: S, body: unknown) => Promise<Answer>;
}

/** The same steps for every webhook: who sends, what is sent, is it sound, what follows; refusals are written down. */
export function webhookEndpoint<S extends Sender>(
  { intake, bodyLimitBytes, deadlineMs }: WebhookContext,
  { endpoint, anyContentType = false, authenticate, verify, handle }: WebhookEndpointOptions<S>,
): RequestHandler {
  const readBody = bodyReader({ limitBytes: bodyLimitBytes, anyContentType });
  return async (request, response) => {
    let source: string | undefined;
    try {
      const sender = authenticate(request);
      source = sender.source;
      const bytes = await readBody(request, response);
      verify?.(sender, bytes);
      const { status, body } = await withinDeadline(
        handle(sender, parseJsonDocument(bytes)),
        deadlineMs,
        () => new ReelsyncError('DATABASE_UNAVAILABLE', 'The database did not answer in time'),
      );
      response.status(status).json(body);
    } catch (error) {
      const { status, code, message } = toHttpProblem(error);
      // A duplicate is written down as such, and what we could not serve is no fault of the delivery.
      if (status < 500 && code !== 'WEBHOOK_REPLAYED')
        intake.reject({ endpoint, ...(source === undefined ? {} : { source }) }, { code, message });
      throw error;
    }
  };
}
