import type { ReelsyncError } from '@reelsync/core';
import type { DatabaseAdapter, InboxEntry } from '@reelsync/database';
import { InboxReplay } from './inbox-replay';
import { OrderDispatcher, type Dispatch } from './order-dispatcher';
import type { OrderTargets } from './place-order';

export interface InboxOptions {
  readonly database: Pick<DatabaseAdapter, 'deliveries'>;
  readonly requests: OrderTargets['requests'];
  /** Whether Redis would take a job now. */
  readonly isQueueReady: () => boolean;
  readonly now: () => Date;
  readonly random?: () => number;
  readonly onReplayed: (entry: InboxEntry, dispatch: Dispatch) => void;
  readonly onError: (error: ReelsyncError) => void;
}

/** The inbox of webhooks, as every process that can put jobs on the queue has it. */
export interface Inbox {
  readonly dispatcher: OrderDispatcher;
  readonly replay: InboxReplay;
  /** What is under way goes back into the inbox. */
  close(): Promise<void>;
}

export function openInbox({ database, requests, random = Math.random, ...options }: InboxOptions): Inbox {
  const { deliveries } = database;
  const stopping = new AbortController();
  const dispatcher = new OrderDispatcher({
    deliveries,
    requests,
    now: options.now,
    random,
    signal: stopping.signal,
  });
  const replay = new InboxReplay({ ...options, deliveries, dispatcher, random });
  return {
    dispatcher,
    replay,
    close: async () => {
      stopping.abort();
      await replay.stop();
    },
  };
}
