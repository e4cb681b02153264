import { ReelsyncError } from '@reelsync/core';
import type { ScheduleControl, ScheduleOverview } from '@reelsync/sync';

import { audited, originOf, type AdminDependencies, type Handlers } from '../handler';

/** Watching and steering schedules. */
export function scheduleHandlers(
  dependencies: Pick<AdminDependencies, 'database' | 'schedules' | 'now'>,
): Pick<Handlers, 'listSchedules' | 'runSchedule' | 'pauseSchedule' | 'resumeSchedule'> {
  const { schedules } = dependencies;
  return {
    listSchedules: async () => ({ items: await schedules.list() }),
    runSchedule: ({ schedule }, context) =>
      audited(dependencies, context, 'schedules.run', { schedule }, () => {
        const { trigger, requester } = originOf(context.actor);
        return schedules.run(schedule, { trigger, requester });
      }),
    pauseSchedule: ({ schedule }, context) =>
      audited(dependencies, context, 'schedules.pause', { schedule }, async () => {
        await schedules.pause(schedule, context.actor.name);
        return stateOf(schedules, schedule);
      }),
    resumeSchedule: ({ schedule }, context) =>
      audited(dependencies, context, 'schedules.resume', { schedule }, async () => {
        await schedules.resume(schedule);
        return stateOf(schedules, schedule);
      }),
  };
}

async function stateOf(schedules: ScheduleControl, wanted: string): Promise<ScheduleOverview> {
  const state = (await schedules.list()).find(({ id }) => id === wanted);
  if (state === undefined) throw new ReelsyncError('SCHEDULE_UNKNOWN', `There is no schedule '${wanted}'`);
  return state;
}
