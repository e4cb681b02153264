import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** What is remembered about one schedule, whatever becomes of Redis. */
export interface ScheduleState {
  readonly id: string;
  /** Exists exactly while its ticks do nothing. */
  readonly paused?: { readonly at: Date; readonly by?: string };
  readonly lastTick?: ScheduleTick;
}

export interface ScheduleTick {
  readonly at: Date;
  readonly outcome: 'started' | 'skipped' | 'failed';
  /** What the tick started; absent when there was nothing to do. */
  readonly runId?: string;
  /** Why it was skipped, or what failed. */
  readonly reason?: string;
}

type ScheduleDocument = Omit<ScheduleState, 'id'> & { readonly _id: string };

/** Which configuration the schedulers in Redis were made from. */
export interface AppliedSchedules {
  readonly fingerprint: string;
  readonly at: Date;
}

const APPLIED_ID = 'applied';

export class ScheduleRepository {
  private readonly schedules: Collection<ScheduleDocument>;
  private readonly applied: Collection<AppliedSchedules & { readonly _id: string }>;

  constructor(state: Db) {
    this.schedules = state.collection<ScheduleDocument>('schedules');
    this.applied = state.collection<AppliedSchedules & { readonly _id: string }>('scheduleConfiguration');
  }

  async load(id: string): Promise<ScheduleState> {
    const document = await this.call('load', () => this.schedules.findOne({ _id: id }));
    return document === null ? { id } : toState(document);
  }

  async loadAll(): Promise<ScheduleState[]> {
    const documents = await this.call('loadAll', () =>
      this.schedules.find({}, { sort: { _id: 1 } }).toArray(),
    );
    return documents.map(toState);
  }

  async pause(id: string, at: Date, by?: string): Promise<void> {
    const paused = { at, ...(by === undefined ? {} : { by }) };
    await this.update('pause', id, { $set: { paused } });
  }

  async resume(id: string): Promise<void> {
    await this.update('resume', id, { $unset: { paused: true } });
  }

  async noteTick(id: string, lastTick: ScheduleTick): Promise<void> {
    await this.update('noteTick', id, { $set: { lastTick } });
  }

  async loadApplied(): Promise<AppliedSchedules | null> {
    const found = await this.call('loadApplied', () => this.applied.findOne({ _id: APPLIED_ID }));
    return found === null ? null : { fingerprint: found.fingerprint, at: found.at };
  }

  async saveApplied(applied: AppliedSchedules): Promise<void> {
    await this.call('saveApplied', () =>
      this.applied.updateOne({ _id: APPLIED_ID }, { $set: { ...applied } }, { upsert: true }),
    );
  }

  private async update(operation: string, id: string, update: object): Promise<void> {
    await this.call(operation, () => this.schedules.updateOne({ _id: id }, update, { upsert: true }));
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'schedules', operation }, work);
  }
}

function toState({ _id, ...state }: ScheduleDocument): ScheduleState {
  return { id: _id, ...state };
}
