import { index, type IndexSpec } from './index-spec';

/** How long finished runs are kept. */
const RUN_RETENTION_SECONDS = 30 * 24 * 60 * 60;

/** How long finished webhook deliveries are kept; beyond the longest replay window that can be configured. */
const DELIVERY_RETENTION_SECONDS = 30 * 24 * 60 * 60;
/** How long the record of who did what is kept. */
const AUDIT_RETENTION_SECONDS = 180 * 24 * 60 * 60;

const exists = (field: string) => ({ [field]: { $exists: true } });

/** Of our own database. The partial ones make finding dirty units cost as much as there are, not as the library is large. */
export const STATE_INDEXES: readonly IndexSpec[] = [
  index('inventory', { unit: 1 }),
  index('inventory', { kind: 1, title: 1, season: 1 }),
  index('inventory', { kind: 1, serverId: 1, title: 1 }),
  index(
    'inventory',
    { kind: 1, title: 1, season: 1 },
    { name: 'pending_units', partial: exists('pendingSince') },
  ),
  index('gates', { kind: 1, title: 1, season: 1 }, { name: 'forced_units', partial: exists('forceSince') }),
  index(
    'gates',
    { kind: 1, 'failure.retryAt': 1 },
    { name: 'units_to_retry', partial: exists('failure.retryAt') },
  ),
  index('runs', { startedAt: -1, _id: -1 }),
  index('runs', { status: 1, startedAt: -1 }),
  index('runs', { unreadServers: 1 }, { sparse: true }),
  index('runs', { finishedAt: 1 }, { expireAfterSeconds: RUN_RETENTION_SECONDS }),
  index('runUnits', { runId: 1, outcome: 1 }),
  index('runUnits', { unit: 1, requestedAt: 1 }, { name: 'open_units', partial: exists('open') }),
  index('runUnits', { kind: 1, title: 1, season: 1 }, { name: 'open_children', partial: exists('open') }),
  index('runUnits', { runId: 1 }, { name: 'open_runs', partial: exists('open') }),
  index('runUnits', { requestedAt: 1 }, { name: 'waiting_units', partial: exists('waits') }),
  index('runUnits', { finishedAt: 1 }, { expireAfterSeconds: RUN_RETENTION_SECONDS }),
  index('titleWatches', { key: 1 }),
  index('webhookDeliveries', { receivedAt: -1, _id: -1 }),
  index('webhookDeliveries', { outcome: 1, receivedAt: -1 }),
  index('webhookDeliveries', { receivedAt: 1, _id: 1 }, { name: 'inbox', partial: exists('pending') }),
  index('webhookDeliveries', { replayKeys: 1 }, { unique: true, partial: exists('replayKeys') }),
  index('webhookDeliveries', { finishedAt: 1 }, { expireAfterSeconds: DELIVERY_RETENTION_SECONDS }),
  index('serverHolds', { until: 1 }, { expireAfterSeconds: 0 }),
  index('endedSessions', { until: 1 }, { expireAfterSeconds: 0 }),
  index('audit', { at: -1 }, { expireAfterSeconds: AUDIT_RETENTION_SECONDS }),
  index('bulkRequests', { updatedAt: 1 }, { expireAfterSeconds: RUN_RETENTION_SECONDS }),
];
