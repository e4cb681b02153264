import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import {
  holdLeases,
  type LeaseRepository,
  type RunRepository,
  type ScheduleRepository,
  type ScheduleTick,
  type WebsiteSettings,
} from '@reelsync/database';
import type { JobPayloads, JobRetention } from '@reelsync/queue';
import type { SyncRequests } from '../requests/sync-requests';
import type { Sweep } from '../sweep/sweep';
import type { Schedule } from './schedule-plan';

export interface ScheduleRunnerOptions {
  readonly schedules: readonly Schedule[];
  /** Enabled ones. */
  readonly serverIds: readonly string[];
  readonly states: ScheduleRepository;
  readonly runs: Pick<
    RunRepository,
    'findScanOfSchedule' | 'create' | 'note' | 'donePlanning' | 'fail' | 'settle'
  >;
  readonly leases: LeaseRepository;
  readonly website: Pick<WebsiteSettings, 'isAutoSyncOn'>;
  readonly requests: Pick<SyncRequests, 'requestScan'>;
  readonly sweep: Pick<Sweep, 'sweep'>;
  readonly retention: Pick<JobRetention<JobPayloads>, 'removeOutlived'>;
  readonly now: () => Date;
}

export interface TickRequest {
  readonly scheduleId: string;
  /** Somebody asked for it: then nothing but the same schedule at work holds it back. */
  readonly byHand: boolean;
  /** Runs of people who asked for it. */
  readonly runIds: readonly string[];
  /** The job's id. */
  readonly holder: string;
  readonly signal: AbortSignal;
}

const LEASE_TTL_MS = 30_000;

/** Does what a schedule is for, each time that it ticks. No tick overlaps another one of its schedule, nor its scan. */
export class ScheduleRunner {
  constructor(private readonly options: ScheduleRunnerOptions) {}

  async tick(request: TickRequest): Promise<ScheduleTick> {
    const { schedules, states, now } = this.options;
    const { scheduleId } = request;
    const schedule = schedules.find(({ id }) => id === scheduleId);
    if (schedule === undefined) return skipped(now(), 'it is not configured any more');
    try {
      const tick = await this.tickAlone(schedule, request);
      await states.noteTick(scheduleId, tick);
      return tick;
    } catch (error) {
      if (request.signal.aborted) throw error;
      const { message } = toReelsyncError(error);
      await states.noteTick(scheduleId, { at: now(), outcome: 'failed', reason: message });
      throw error;
    }
  }

  private async tickAlone(schedule: Schedule, request: TickRequest): Promise<ScheduleTick> {
    const { leases, now } = this.options;
    const { signal, holder, byHand } = request;
    const lease = { keys: [`schedule/${schedule.id}`], holder, ttlMs: LEASE_TTL_MS, now, signal };
    try {
      return await holdLeases(leases, lease, async (held) => {
        const reason = byHand ? undefined : await this.reasonToSkip(schedule);
        if (reason !== undefined) return skipped(now(), reason);
        const started = await this.start(schedule, { ...request, signal: held.signal });
        return { at: now(), outcome: 'started', ...(started === undefined ? {} : { runId: started }) };
      });
    } catch (error) {
      const isBusy = error instanceof ReelsyncError && error.code === 'LEASE_HELD';
      if (isBusy && !byHand) return skipped(now(), 'its last tick is still at work');
      throw error;
    }
  }

  private async reasonToSkip({ id, action }: Schedule): Promise<string | undefined> {
    const { states, runs, website } = this.options;
    const { paused } = await states.load(id);
    if (paused !== undefined) return `paused${paused.by === undefined ? '' : ` by ${paused.by}`}`;
    const scans = action.kind === 'scan' || action.kind === 'audit';
    if (scans && !(await website.isAutoSyncOn())) return "the website's switch autoSync is off";
    // Only the scan itself: units may wait for a server that is down for hours, and those of the next scan merge with them.
    const last = scans ? await runs.findScanOfSchedule(id) : undefined;
    return last === undefined ? undefined : `the scan of run ${last} is still under way`;
  }

  /** Returns the run that it started, if there was anything to do. */
  private async start(
    { id, action }: Schedule,
    { runIds, signal }: Pick<TickRequest, 'runIds' | 'signal'>,
  ): Promise<string | undefined> {
    const { requests, serverIds } = this.options;
    const origin = { trigger: 'schedule', urgency: 'schedule', requester: id } as const;
    switch (action.kind) {
      case 'scan':
        return (await requests.requestScan({ ...origin, serverIds: [action.serverId] })).runId;
      case 'audit':
        return (await requests.requestScan({ ...origin, serverIds, full: true })).runId;
      case 'sweep':
        return (await this.options.sweep.sweep({ runIds, signal })).runIds[0];
      case 'retention':
        return this.removeOutlived(runIds, signal);
    }
  }

  private async removeOutlived(waiting: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    const { runs, retention, now } = this.options;
    const removed = await retention.removeOutlived(signal);
    const scope = { kind: 'retention' } as const;
    const runIds =
      waiting.length > 0 ? waiting : [await runs.create({ trigger: 'schedule', scope, startedAt: now() })];
    for (const runId of runIds) await runs.note(runId, `Removed ${removed} finished jobs from Redis.`);
    await runs.donePlanning(runIds);
    await runs.settle(now(), runIds);
    return runIds[0];
  }
}

function skipped(at: Date, reason: string): ScheduleTick {
  return { at, outcome: 'skipped', reason };
}
