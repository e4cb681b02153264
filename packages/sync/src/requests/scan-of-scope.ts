import type { RunScope } from '@reelsync/database';
import type { JobPayload } from '@reelsync/queue';

/** The scan that a run asked for; undefined when it asked for something else. */
export function scanOfScope(scope: RunScope): JobPayload<'library.scan'> | undefined {
  if (scope.kind !== 'all' && scope.kind !== 'servers') return undefined;
  const { serverIds, full, force, acceptShrunken = false } = scope;
  return { v: 1, serverIds: [...serverIds], full, force, acceptShrunken };
}
