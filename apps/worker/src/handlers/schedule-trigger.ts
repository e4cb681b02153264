import type { JobHandler, JobPayload } from '@reelsync/queue';
import type { ScheduleRunner } from '@reelsync/sync';
import type { ScanClaims } from '../scan-claims';

/** `schedule.trigger`: one tick of a schedule. A tick that is held back says why, in the job and in the schedule's state. */
export function scheduleTriggerHandler(
  runner: Pick<ScheduleRunner, 'tick'>,
  claims: Pick<ScanClaims, 'claim'>,
  onEnded: () => void,
): JobHandler<JobPayload<'schedule.trigger'>> {
  return async (payload, { job, logger, signal }) => {
    const { schedule, byHand = false } = payload;
    const runIds = (await claims.claim(payload)).map(({ id }) => id);
    const tick = await runner.tick({ scheduleId: schedule, byHand, runIds, holder: job.id, signal });
    const { outcome, runId, reason } = tick;
    logger.info({ schedule, outcome, runId, reason }, 'schedule ticked');
    onEnded();
    return {
      outcome: outcome === 'skipped' ? 'skipped' : runId === undefined ? 'unchanged' : 'updated',
      ...(runId === undefined ? {} : { runId }),
      ...(reason === undefined ? {} : { reason }),
    };
  };
}
