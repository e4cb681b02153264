import { narrowingOf, type Operation, type UnitResult } from '@reelsync/core';
import type { UnitContext } from '@reelsync/domain';
import type { JobHandler } from '@reelsync/queue';

interface UnitPayload {
  readonly runId?: string | undefined;
  readonly operations?: Operation[] | undefined;
  readonly episodes?: number[] | undefined;
}

/** A job that brings one unit to what all servers hold; `sync` says which unit its payload names. */
export function unitSyncHandler<Payload extends UnitPayload>(
  sync: (payload: Payload, context: UnitContext) => Promise<UnitResult>,
): JobHandler<Payload> {
  return async (payload, { signal }) => {
    const { runId } = payload;
    const { outcome, changedFields, warnings } = await sync(payload, {
      signal,
      ...(runId === undefined ? {} : { runId }),
      ...narrowingOf(payload),
    });
    return { outcome, changedFields, warnings };
  };
}
