import { narrowingOf, type Operation, type Unit } from '@reelsync/core';
import type { HandlerMap, JobHandler, JobPayloads, UnitJobName } from '@reelsync/queue';
import { progressByOperation, type SyncUnits } from '@reelsync/sync';

interface UnitPayload {
  readonly runId?: string | undefined;
  readonly operations?: Operation[] | undefined;
  readonly episodes?: number[] | undefined;
}

type Units = Pick<SyncUnits, 'reconcile'>;

/** `movie.sync`, `show.sync`, `season.sync`, `episodes.sync`: each job brings one unit to what all servers hold. */
export function unitSyncHandlers(units: Units): Pick<HandlerMap<JobPayloads>, UnitJobName> {
  return {
    'movie.sync': unitSyncHandler(units, ({ title }) => ({ kind: 'movie', title })),
    'show.sync': unitSyncHandler(units, ({ title }) => ({ kind: 'show', title })),
    'season.sync': unitSyncHandler(units, ({ title, season }) => ({ kind: 'season', title, season })),
    'episodes.sync': unitSyncHandler(units, ({ title, season }) => ({ kind: 'episodes', title, season })),
  };
}

function unitSyncHandler<Payload extends UnitPayload>(
  units: Units,
  unitOf: (payload: Payload) => Unit,
): JobHandler<Payload> {
  return async (payload, context) => {
    const { runId } = payload;
    const unit = unitOf(payload);
    const { outcome, changedFields, warnings } = await units.reconcile(unit, {
      signal: context.signal,
      onReading: (operation) => context.reportStep({ operation, stage: 'starting', progress: 0 }),
      ...(runId === undefined ? {} : { runId }),
      ...narrowingOf(payload),
    });
    const written = progressByOperation(unit.kind, { outcome, changedFields });
    // Together: of those that follow one another at once only the last is sent.
    if (written.length > 0) context.reportStep(...written.map((one) => ({ ...one })));
    return { outcome, changedFields, warnings };
  };
}
