import { canonicalHash, scheduleTiming, type ScheduleTiming } from '@reelsync/core';
import type { SchedulerSpec } from '@reelsync/queue';

export type ScheduleAction =
  | { readonly kind: 'scan'; readonly serverId: string }
  | { readonly kind: 'audit' }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'retention' };

/** One schedule as configured. */
export interface Schedule {
  readonly id: string;
  readonly action: ScheduleAction;
  readonly timing: ScheduleTiming;
  readonly timeZone: string;
}

export interface ScheduleSettings {
  readonly scan: string;
  readonly audit: string;
  readonly sweep: string;
  readonly retention: string;
  readonly timeZone: string;
  /** Of servers that are not scanned at the times of `scan`. */
  readonly serverScans: readonly { readonly serverId: string; readonly scan: string }[];
}

/** Every schedule there is, those that are off included. Servers: the enabled ones. */
export function schedulesOf(settings: ScheduleSettings, serverIds: readonly string[]): readonly Schedule[] {
  const { timeZone } = settings;
  const schedule = (id: string, text: string, action: ScheduleAction): Schedule => ({
    id,
    action,
    timing: scheduleTiming(text),
    timeZone,
  });
  const scanOf = (id: string): string =>
    settings.serverScans.find(({ serverId }) => serverId === id)?.scan ?? settings.scan;
  return [
    ...serverIds.map((serverId) =>
      schedule(`scan/${serverId}`, scanOf(serverId), { kind: 'scan', serverId }),
    ),
    schedule('audit', settings.audit, { kind: 'audit' }),
    schedule('sweep', settings.sweep, { kind: 'sweep' }),
    schedule('retention', settings.retention, { kind: 'retention' }),
  ];
}

/** A sweep has something to do right after its schedule was lost with Redis; the others can wait for their time. */
export function schedulerSpecs(schedules: readonly Schedule[]): readonly SchedulerSpec[] {
  return schedules.flatMap(({ id, timing, timeZone, action }) =>
    timing.kind === 'off' ? [] : [{ id, timing, timeZone, startsAtOnce: action.kind === 'sweep' }],
  );
}

/** Equal for equal schedules, whatever process they are configured in. */
export function schedulesFingerprint(schedules: readonly Schedule[]): string {
  return canonicalHash(schedules.map(({ id, timing, timeZone }) => ({ id, timing, timeZone })));
}
