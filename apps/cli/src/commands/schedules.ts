import type { OutputOf } from '@reelsync/admin';
import type { ScheduleTiming } from '@reelsync/core';
import { print, type OutputOptions } from '../output/print';
import { tableOf } from '../output/table';
import type { ClientSession } from '../client-session';
import { awaitRun, type RunOutputOptions } from './await-run';

type Schedule = OutputOf<'pauseSchedule'>;

/** `reelsync schedules list`: what ticks when, and what became of the last tick. */
export async function listSchedules(
  { client, signal }: ClientSession,
  options: OutputOptions,
): Promise<void> {
  const { items } = await client.listSchedules({}, { signal });
  print(items, options, () => scheduleTable(items));
}

/** `reelsync schedules run`: does now what the schedule is for, paused or not. */
export async function runSchedule(
  session: ClientSession,
  schedule: string,
  options: RunOutputOptions,
): Promise<void> {
  const { client, signal } = session;
  await awaitRun(session, await client.runSchedule({ schedule }, { signal }), options);
}

/** `reelsync schedules pause|resume`: kept in MongoDB, so a restart changes nothing about it. */
export async function changeSchedule(
  { client, signal }: ClientSession,
  change: 'pause' | 'resume',
  schedule: string,
  options: OutputOptions,
): Promise<void> {
  const state =
    change === 'pause'
      ? await client.pauseSchedule({ schedule }, { signal })
      : await client.resumeSchedule({ schedule }, { signal });
  print(state, options, () => scheduleTable([state]));
}

function scheduleTable(schedules: readonly Schedule[]): string {
  return tableOf(
    schedules.map(({ id, timing, timeZone, paused, nextTick, lastTick }) => ({
      id,
      when: describeTiming(timing, timeZone),
      state: describeState(timing, paused),
      next: nextTick?.toISOString() ?? null,
      last: lastTick?.at.toISOString() ?? null,
      outcome: lastTick?.reason ?? lastTick?.outcome ?? null,
      run: lastTick?.runId ?? null,
    })),
  );
}

function describeState({ kind }: ScheduleTiming, paused: Schedule['paused']): string {
  if (kind === 'off') return 'off';
  if (paused === undefined) return 'on';
  return paused.by === undefined ? 'paused' : `paused by ${paused.by}`;
}

function describeTiming(timing: ScheduleTiming, timeZone: string): string {
  switch (timing.kind) {
    case 'off':
      return 'off';
    case 'every':
      return `every ${timing.everyMs / 1000} s`;
    case 'cron':
      return `${timing.pattern} (${timeZone})`;
  }
}
