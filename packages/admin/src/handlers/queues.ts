import { audited, type AdminDependencies, type Handlers } from '../handler';

/** Watching and steering queues. */
export function queueHandlers(
  dependencies: Pick<AdminDependencies, 'database' | 'queues' | 'now'>,
): Pick<Handlers, 'listQueues' | 'pauseQueue' | 'resumeQueue' | 'limitQueue'> {
  const { queues } = dependencies;
  return {
    listQueues: async () => ({ items: await queues.states() }),
    pauseQueue: ({ queue }, context) =>
      audited(dependencies, context, 'queues.pause', { queue }, () => queues.pause(queue)),
    resumeQueue: ({ queue }, context) =>
      audited(dependencies, context, 'queues.resume', { queue }, () => queues.resume(queue)),
    limitQueue: ({ queue, limit }, context) =>
      audited(dependencies, context, 'queues.limit', { queue, limit }, () =>
        queues.setConcurrency(queue, limit),
      ),
  };
}
