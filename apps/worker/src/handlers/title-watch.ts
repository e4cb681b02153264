import type { JobHandler, JobPayload } from '@reelsync/queue';
import type { TitleWatcher } from '@reelsync/sync';

/** `title.watch`: looks whether the servers list a change of one title by now. */
export function titleWatchHandler(
  watcher: Pick<TitleWatcher, 'look'>,
): JobHandler<JobPayload<'title.watch'>> {
  return async (payload, { signal }) => {
    const state = await watcher.look(payload, signal);
    switch (state) {
      case 'changed':
        return { outcome: 'updated', state };
      case 'waiting':
        return { outcome: 'unchanged', state };
      case 'over':
        return { outcome: 'skipped', state };
    }
  };
}
