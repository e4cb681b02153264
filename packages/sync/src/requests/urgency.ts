import type { Run, RunTrigger } from '@reelsync/database';
import type { Urgency } from '@reelsync/domain';
import { PRIORITY_NAMES } from '@reelsync/queue';

/** Of a scan, and of single titles: as urgent as whoever asked. */
export function urgencyOf(trigger: RunTrigger): Urgency {
  switch (trigger) {
    case 'cli':
    case 'admin':
    case 'demo':
    case 'library':
      return 'person';
    case 'webhook':
      return 'webhook';
    case 'schedule':
      return 'schedule';
  }
}

/** Of a scan that several have asked for: as urgent as the most urgent of them. */
export function urgencyOfAll(triggers: readonly RunTrigger[]): Urgency {
  const urgencies = triggers.map(urgencyOf);
  return PRIORITY_NAMES.find((name) => urgencies.includes(name)) ?? 'sweep';
}

/**
 * Of what a scan found, for the runs that it was made for. That may be a whole library, and single titles that people or
 * webhooks ask for overtake it, whoever asked for the scan; what a person's scan found is bulk work.
 */
export function urgencyOfFound(runs: readonly Pick<Run, 'trigger'>[]): Urgency {
  const isByItself = ({ trigger }: Pick<Run, 'trigger'>) => trigger === 'webhook' || trigger === 'schedule';
  return runs.some(isByItself) ? 'schedule' : 'bulk';
}

/** Of the units of a run. */
export function urgencyOfUnits({ trigger, scope }: Pick<Run, 'trigger' | 'scope'>): Urgency {
  switch (scope.kind) {
    case 'all':
    case 'servers':
      return urgencyOfFound([{ trigger }]);
    case 'domain':
      return 'bulk';
    case 'titles':
      return scope.bulkId === undefined ? urgencyOf(trigger) : 'bulk';
    case 'sweep':
    case 'retention':
      return 'sweep';
    case 'title-until-listed':
      return urgencyOf(trigger);
    case 'failed-jobs':
      // Each had a priority of its own, which the run does not know: none of them overtakes what it must not.
      return 'bulk';
  }
}
