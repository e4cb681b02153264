import { parseInput, type Handlers, type OutputOf } from '@reelsync/admin';
import { Router, type Response } from 'express';

import { whileConnected } from '../http/while-connected';

export interface BoardRequestsOptions extends Pick<Handlers, 'retryFailedJobs'> {
  readonly adminUser: string;
}

/** More than a queue holds: whoever presses the button of one job does not wait for room. */
const ANY_BACKLOG = 1_000_000;

/** i18next shows a key that it does not know as it is, so this one is a sentence, without full stop or colon. */
const NOT_HERE = 'Ask with reelsync enqueue or the admin API, a job that is added here has no run';

/**
 * Bull Board's retry buttons do what `reelsync retry` does (decision 0028): what failed is asked for anew, so that it
 * merges with a job of the same unit. Bull Board itself would put the old job beside it, and add jobs that overtake all
 * others. To be mounted before its router.
 */
export function boardRequests({ retryFailedJobs, adminUser }: BoardRequestsOptions): Router {
  const retry = (response: Response, input: object): Promise<OutputOf<'retryFailedJobs'>> =>
    retryFailedJobs(parseInput('retryFailedJobs', input), {
      actor: { kind: 'session', name: adminUser },
      signal: whileConnected(response),
    });
  const router = Router();
  router.put('/api/queues/:queue/:id/retry', async ({ params: { queue, id } }, response) => {
    const { retried } = await retry(response, { queue, ids: [id], maxBacklog: ANY_BACKLOG });
    if (retried === 0) refuse(response, 404, 'ERRORS.JOB_NOT_FOUND');
    else response.status(204).end();
  });
  router.put('/api/queues/:queue/retry/:status', async ({ params: { queue, status } }, response) => {
    if (status === 'failed') {
      const { retried, matched } = await retry(response, { queue });
      response.json({ retried, skipped: matched - retried });
    } else refuse(response, 400, 'ERRORS.STATUS_NOT_RETRIABLE', { status });
  });
  router.post('/api/queues/:queue/add', (_request, response) => {
    refuse(response, 405, NOT_HERE);
  });
  return router;
}

/** Bull Board's page translates the key. */
function refuse(
  response: Response,
  code: number,
  key: string,
  options: Readonly<Record<string, string>> = {},
): void {
  response.status(code).json({ error: { key, options } });
}
