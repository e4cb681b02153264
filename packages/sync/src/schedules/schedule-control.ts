import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import type { DatabaseAdapter, RunTrigger, ScheduleState } from '@reelsync/database';
import { scheduleKey, type JobPayloads, type JobProducer, type SchedulerSet } from '@reelsync/queue';
import { mustBeTaken } from '../requests/must-be-taken';
import type { RequestReceipt } from '../requests/request';
import type { SyncRequests } from '../requests/sync-requests';
import type { Schedule } from './schedule-plan';

export interface ScheduleControlOptions {
  readonly schedules: readonly Schedule[];
  readonly serverIds: readonly string[];
  readonly database: Pick<DatabaseAdapter, 'runs' | 'schedules'>;
  readonly schedulers: Pick<SchedulerSet, 'nextTicks'>;
  readonly producer: JobProducer<JobPayloads>;
  readonly requests: Pick<SyncRequests, 'requestScan'>;
  readonly now: () => Date;
}

/** A schedule, its state and when it ticks next. */
export interface ScheduleOverview extends Schedule, Omit<ScheduleState, 'id'> {
  /** Absent when it is off, or when no worker has set it up yet. */
  readonly nextTick?: Date;
}

/** Who asks, for the record. */
export interface Operator {
  readonly trigger: RunTrigger;
  readonly requester?: string;
}

/** What people can do with schedules, from the command line or the admin API. */
export class ScheduleControl {
  constructor(private readonly options: ScheduleControlOptions) {}

  async list(): Promise<ScheduleOverview[]> {
    const { schedules, database, schedulers } = this.options;
    const [states, nextTicks] = await Promise.all([database.schedules.loadAll(), schedulers.nextTicks()]);
    return schedules.map((schedule) => {
      const state = states.find(({ id }) => id === schedule.id);
      const nextTick = nextTicks.get(schedule.id);
      return { ...schedule, ...state, ...(nextTick === undefined ? {} : { nextTick }) };
    });
  }

  /** Now, also while it is paused or off. */
  async run(scheduleId: string, { trigger, requester }: Operator): Promise<RequestReceipt> {
    const { requests, serverIds } = this.options;
    const { action } = this.find(scheduleId);
    const origin = { trigger, urgency: 'person', ...(requester === undefined ? {} : { requester }) } as const;
    switch (action.kind) {
      case 'scan':
        return requests.requestScan({ ...origin, serverIds: [action.serverId] });
      case 'audit':
        return requests.requestScan({ ...origin, serverIds, full: true });
      case 'sweep':
      case 'retention':
        return this.trigger(scheduleId, action.kind, {
          trigger,
          ...(requester === undefined ? {} : { requester }),
        });
    }
  }

  async pause(scheduleId: string, by?: string): Promise<void> {
    const { id } = this.find(scheduleId);
    await this.options.database.schedules.pause(id, this.options.now(), by);
  }

  async resume(scheduleId: string): Promise<void> {
    const { id } = this.find(scheduleId);
    await this.options.database.schedules.resume(id);
  }

  private async trigger(
    schedule: string,
    kind: 'sweep' | 'retention',
    operator: Operator,
  ): Promise<RequestReceipt> {
    const { database, producer, now } = this.options;
    const runId = await database.runs.create({
      ...operator,
      scope: { kind },
      scanKey: scheduleKey(schedule),
      startedAt: now(),
    });
    try {
      const payload = { v: 1 as const, schedule, byHand: true };
      const status = mustBeTaken(await producer.enqueue('schedule.trigger', payload, { priority: 'person' }));
      return { runId, status };
    } catch (error) {
      await database.runs.fail(runId, toReelsyncError(error), now());
      throw error;
    }
  }

  private find(scheduleId: string): Schedule {
    const schedule = this.options.schedules.find(({ id }) => id === scheduleId);
    if (schedule !== undefined) return schedule;
    const known = this.options.schedules.map(({ id }) => id).join(', ');
    throw new ReelsyncError('SCHEDULE_UNKNOWN', `There is no schedule '${scheduleId}'; there are ${known}`);
  }
}
