import type { NewRun, Run, RunServer } from './run';
import { tallyUnits, type UnitTally } from './unit-tally';

/** A run as it is stored; what became of its units stands in `runUnits`. */
export type RunDocument = Omit<Run, 'id' | 'servers' | keyof UnitTally> &
  Pick<NewRun, 'scanKey' | 'unreadServers'> & {
    readonly _id: string;
    /** Who starts the units now that all servers have been read; see `RunListingStore`. */
    readonly starter?: string;
    /** Both are absent while the run is under way: then its units are counted. */
    readonly counts?: Run['counts'];
    readonly countsByKind?: Run['countsByKind'];
    readonly servers?: Readonly<Record<string, RunServer>>;
    /**
     * When its producer planned units last, or until when it is known to wait; a run whose producer died while it planned
     * is known by this.
     */
    readonly activeAt: Date;
  };

/** `tally` counts the units of a run under way; a run that has ended keeps its own. */
export function toRun(document: RunDocument, tally: UnitTally = tallyUnits([])): Run {
  const { _id, trigger, scope, status, startedAt, planningDone } = document;
  const { requester, finishedAt, error, note, servers = {} } = document;
  const { counts = tally.counts, countsByKind = tally.countsByKind } = document;
  return {
    id: _id,
    trigger,
    scope,
    status,
    startedAt,
    planningDone,
    counts,
    countsByKind,
    servers: Object.values(servers),
    ...(requester === undefined ? {} : { requester }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(error === undefined ? {} : { error }),
    ...(note === undefined ? {} : { note }),
  };
}
