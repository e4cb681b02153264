import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { ReelsyncError } from '@reelsync/core';
import { jobLabel, type createQueues } from '@reelsync/queue';
import type { RequestHandler } from 'express';

type Queue = QueueBoard['queues'][keyof QueueBoard['queues']];

/** What Bull Board knows of a job; it declares it as any. */
interface ShownJob {
  readonly name: string;
  readonly data: unknown;
}

export interface QueueBoard {
  readonly queues: ReturnType<typeof createQueues>;
  /** While Redis is away, BullMQ would keep a request waiting until it is back. */
  readonly isConnected: () => boolean;
}

/** Bull Board over all queues; to be mounted behind a login. */
export function queueBoard({ queues, isConnected }: QueueBoard, basePath: string): RequestHandler[] {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(basePath);
  createBullBoard({
    queues: Object.values(queues).map(adapterOf),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Reelsync',
        hideDocsLink: true,
        // Else every poll runs CLIENT LIST once per queue.
        showWorkers: false,
        miscLinks: [{ text: 'Sign out', url: '/logout' }],
      },
    },
  });
  const board: unknown = serverAdapter.getRouter();
  if (!isRequestHandler(board)) throw new TypeError('Bull Board did not build a router');
  return [
    (_request, _response, next) => {
      if (isConnected()) next();
      else next(new ReelsyncError('QUEUE_UNAVAILABLE', 'Redis is not connected'));
    },
    board,
  ];
}

class QueueAdapter extends BullMQAdapter {
  /** What completed would run beside whatever else its unit has: there are requests for that. */
  override readonly allowCompletedRetries = false;
}

/** Jobs are shown as people know them: by the title, not by what all jobs of the queue are called. */
function adapterOf(queue: Queue): BullMQAdapter {
  const adapter = new QueueAdapter(queue);
  adapter.setFormatter('name', ({ name, data }: ShownJob) => jobLabel(name, data));
  return adapter;
}

/** Bull Board declares its router as any. */
function isRequestHandler(value: unknown): value is RequestHandler {
  return typeof value === 'function';
}
