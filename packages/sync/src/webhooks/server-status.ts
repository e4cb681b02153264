import type { DeliveryRepository, ServerHoldRepository } from '@reelsync/database';

/** What a file server says of its load (contract §7.2). */
export const SERVER_STATUSES = ['normal', 'elevated', 'heavy', 'critical'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

/** A server that says nothing any more is scanned again after this time. Every `critical` starts it anew. */
const HOLD_MS = 10 * 60_000;

export interface ServerStatusDependencies {
  readonly holds: Pick<ServerHoldRepository, 'hold' | 'release'>;
  readonly deliveries: Pick<DeliveryRepository, 'scheduleScan'>;
  readonly now: () => Date;
}

export type StatusEffect = 'held' | 'released' | 'unaffected';

/** What the sender is told and the delivery log says. */
export const STATUS_EFFECTS = {
  held: { outcome: 'accepted', code: 'SERVER_HELD', message: 'Scans of this server are held back' },
  released: { outcome: 'accepted', code: 'SERVER_RELEASED', message: 'Scans of this server go on' },
  unaffected: { outcome: 'ignored', code: 'EVENT_WITHOUT_EFFECT', message: 'Nothing was held back' },
} as const;

/** `critical` holds back the scans of a server; anything else lets them go on, and makes the one that it may have missed. */
export async function applyServerStatus(
  serverId: string,
  status: ServerStatus,
  { holds, deliveries, now }: ServerStatusDependencies,
): Promise<StatusEffect> {
  const at = now();
  if (status === 'critical') {
    const until = new Date(at.getTime() + HOLD_MS);
    // First, so that a crash in between costs a scan too many, and not one too few.
    await deliveries.scheduleScan(serverId, 'hold-ended', until, at);
    await holds.hold(serverId, at, until);
    return 'held';
  }
  if (!(await holds.release(serverId))) return 'unaffected';
  await deliveries.scheduleScan(serverId, 'hold-ended', at, at);
  return 'released';
}
