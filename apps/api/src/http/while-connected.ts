import type { Response } from 'express';

/** Aborts when nobody waits for the answer any more, so that long work ends at its next step. */
export function whileConnected(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
