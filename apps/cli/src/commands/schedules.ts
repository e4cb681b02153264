import { enabledIds, type ScheduleTiming } from '@reelsync/core';
import { SchedulerSet } from '@reelsync/queue';
import { ScheduleControl, schedulesOf } from '@reelsync/sync';
import { tableOf } from '../output/table';
import { withClientOf } from '../client-session';
import type { Session } from '../session';
import { awaitRun, type RunOutputOptions } from './await-run';

interface JsonOption {
  readonly json: boolean;
}

/** `reelsync schedules list`: what ticks when, and what became of the last tick. */
export async function listSchedules(session: Session, { json }: JsonOption): Promise<void> {
  await withControl(session, async (control) => {
    const schedules = await control.list();
    const rows = schedules.map(({ id, timing, timeZone, paused, nextTick, lastTick }) => ({
      id,
      when: describeTiming(timing, timeZone),
      state: timing.kind === 'off' ? 'off' : paused === undefined ? 'on' : 'paused',
      next: nextTick?.toISOString() ?? null,
      last: lastTick?.at.toISOString() ?? null,
      outcome: lastTick?.reason ?? lastTick?.outcome ?? null,
      run: lastTick?.runId ?? null,
    }));
    process.stdout.write(json ? `${JSON.stringify(schedules)}\n` : `${tableOf(rows)}\n`);
  });
}

/** `reelsync schedules run`: does now what the schedule is for, paused or not. */
export async function runSchedule(session: Session, id: string, options: RunOutputOptions): Promise<void> {
  await withControl(session, async (control) => {
    const receipt = await control.run(id, { trigger: 'cli' });
    await withClientOf(session, (client) => awaitRun(client, receipt, options));
  });
}

/** `reelsync schedules pause`, `… resume`: kept in MongoDB, so a restart changes nothing about it. */
export async function setPaused(session: Session, id: string, isPaused: boolean): Promise<void> {
  await withControl(session, async (control) => {
    if (isPaused) await control.pause(id, 'the command line');
    else await control.resume(id);
  });
  process.stdout.write(`Schedule ${id} ${isPaused ? 'paused' : 'resumed'}.\n`);
}

async function withControl(
  { config, database, producer, requests, redis }: Session,
  use: (control: ScheduleControl) => Promise<void>,
): Promise<void> {
  const serverIds = enabledIds(config.servers);
  const schedulers = new SchedulerSet({ connection: redis, prefix: config.redis.prefix });
  try {
    await use(
      new ScheduleControl({
        schedules: schedulesOf(config.schedules, serverIds),
        serverIds,
        database,
        schedulers,
        producer,
        requests,
        now: () => new Date(),
      }),
    );
  } finally {
    await schedulers.close();
  }
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
