import type { Collection, Filter } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type { Run, UnreadServer } from './run';
import type { RunDocument } from './run-document';

type WaitingRun = Pick<Run, 'id' | 'trigger'>;

/** Nothing is left to be read, and nobody has said that the units have been started. */
const ALL_READ: Filter<RunDocument> = { unreadServers: { $size: 0 } };

/**
 * Runs whose units start when listings have been read: `unreadServers` names the servers, each until some scan has read it,
 * whoever asked for that scan. Empty: the units are to be started. Absent: they have been, or never waited.
 */
export class RunListingStore {
  constructor(private readonly runs: Collection<RunDocument>) {}

  /** Which of the servers somebody waits for. */
  async awaited(serverIds: readonly string[]): Promise<readonly string[]> {
    const found = await this.call('awaited', () =>
      this.runs.distinct('unreadServers', { status: 'running', unreadServers: { $in: [...serverIds] } }),
    );
    return serverIds.filter((serverId) => found.includes(serverId));
  }

  /** Ids of the runs that wait for this server. */
  async findAwaiting(serverId: string): Promise<readonly string[]> {
    const found = await this.call('findAwaiting', () =>
      this.runs
        .find({ status: 'running', unreadServers: serverId }, { projection: { _id: 1 }, sort: { _id: 1 } })
        .toArray(),
    );
    return found.map(({ _id }) => _id);
  }

  /**
   * The server's listings have been read for these runs. Answers with those of them that wait for no other server and are
   * planned, each to one caller, who starts their units and says `started`. `starter` is the id of whoever does.
   */
  async read(serverId: string, runIds: readonly string[], starter: string): Promise<readonly WaitingRun[]> {
    if (runIds.length === 0) return [];
    const among = { _id: { $in: [...runIds] } };
    return this.call('read', async () => {
      await this.runs.updateMany(
        { ...among, unreadServers: serverId },
        { $pull: { unreadServers: serverId } },
      );
      await this.runs.updateMany(
        { ...among, ...ALL_READ, status: 'running', planningDone: true, starter: { $exists: false } },
        { $set: { starter } },
      );
      return this.find({ ...among, starter });
    });
  }

  /** Runs that one of these was told to start, and has not started. */
  findClaimed(starters: readonly string[]): Promise<readonly WaitingRun[]> {
    const claimed = { starter: { $in: [...starters] }, status: 'running' as const };
    return this.call('findClaimed', () => this.find({ ...ALL_READ, ...claimed }));
  }

  /** Whether whoever planned the run has to start its units: all was read before it was planned. Only one is told so. */
  async claimStart(runId: string, starter: string): Promise<boolean> {
    const ready = { _id: runId, ...ALL_READ, status: 'running' as const, starter: { $exists: false } };
    const { matchedCount } = await this.call('claimStart', () =>
      this.runs.updateOne(ready, { $set: { starter } }),
    );
    return matchedCount > 0;
  }

  /** The units have been started. */
  async started(runId: string): Promise<void> {
    await this.call('started', () =>
      this.runs.updateOne({ _id: runId }, { $unset: { unreadServers: true, starter: true } }),
    );
  }

  /** Planned runs, asked for before then, whose units nobody has started although all was read: who wanted to has died. */
  findReady(requestedBefore: Date): Promise<readonly WaitingRun[]> {
    const asked = { planningDone: true, startedAt: { $lt: requestedBefore } };
    return this.call('findReady', () => this.find({ ...ALL_READ, ...asked, status: 'running' }));
  }

  /** Servers that planned runs, asked for before then, still wait for. */
  async findUnread(requestedBefore: Date): Promise<readonly UnreadServer[]> {
    const asked = { planningDone: true, startedAt: { $lt: requestedBefore } };
    const waiting = await this.call('findUnread', () =>
      this.runs
        .find(
          { ...asked, status: 'running', 'unreadServers.0': { $exists: true } },
          { projection: { trigger: 1, unreadServers: 1 }, sort: { _id: 1 } },
        )
        .toArray(),
    );
    const triggers = new Map<string, Run['trigger'][]>();
    for (const { trigger, unreadServers = [] } of waiting)
      for (const serverId of unreadServers) {
        const known = triggers.get(serverId);
        if (known === undefined) triggers.set(serverId, [trigger]);
        else known.push(trigger);
      }
    return [...triggers].map(([serverId, all]) => ({ serverId, triggers: all }));
  }

  private async find(filter: Filter<RunDocument>): Promise<readonly WaitingRun[]> {
    const found = await this.runs.find(filter, { projection: { trigger: 1 }, sort: { _id: 1 } }).toArray();
    return found.map(({ _id: id, trigger }) => ({ id, trigger }));
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'runs', operation }, work);
  }
}
