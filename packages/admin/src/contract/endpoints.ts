import { z } from 'zod';

import { auditEntrySchema } from './audit';
import { advanceBulkSchema, bulkSelectionSchema, bulkStateSchema, openBulkSchema } from './bulk';
import { defineEndpoint, type Endpoint } from './endpoint';
import {
  changeFailedJobsSchema,
  discardResultSchema,
  failedJobSchema,
  listFailedJobsSchema,
  retryFailedJobsSchema,
  retryResultSchema,
} from './failed-jobs';
import { concurrencySchema, queueSelectionSchema, queueStateSchema } from './queues';
import { cancellationSchema, listRunsSchema, runSchema, runSelectionSchema, unitFailureSchema } from './runs';
import { scheduleSchema, scheduleSelectionSchema } from './schedules';
import { serverSchema } from './servers';
import { statsSchema } from './stats';
import { receiptSchema, syncRequestSchema } from './sync-requests';
import { itemsOf, limitSchema } from './values';
import { deliverySchema, listDeliveriesSchema } from './webhooks';

const nothingSchema = z.strictObject({});
const newestSchema = z.strictObject({ limit: limitSchema(20, 500) });

/**
 * Everything that an operator can see and do. Router, OpenAPI document and client are made from this one list, so they
 * cannot disagree; a new operation is a new entry here and its handler.
 */
export const ENDPOINTS = {
  requestSync: defineEndpoint({
    method: 'post',
    path: '/sync-requests',
    tag: 'Sync requests',
    summary: 'Ask for a scan or for titles',
    status: 202,
    input: syncRequestSchema,
    output: receiptSchema,
  }),
  openBulk: defineEndpoint({
    method: 'post',
    path: '/bulk-requests',
    tag: 'Bulk requests',
    summary: 'Begin a bulk request, to be advanced chunk by chunk',
    status: 201,
    input: openBulkSchema,
    output: bulkStateSchema,
  }),
  getBulk: defineEndpoint({
    method: 'get',
    path: '/bulk-requests/{id}',
    tag: 'Bulk requests',
    summary: 'How far a bulk request is',
    status: 200,
    input: bulkSelectionSchema,
    output: bulkStateSchema,
  }),
  advanceBulk: defineEndpoint({
    method: 'post',
    path: '/bulk-requests/{id}/advance',
    tag: 'Bulk requests',
    summary: 'Hand over, or read from the inventory, the next titles',
    status: 200,
    input: advanceBulkSchema,
    output: bulkStateSchema,
  }),
  keepBulkAlive: defineEndpoint({
    method: 'post',
    path: '/bulk-requests/{id}/keep-alive',
    tag: 'Bulk requests',
    summary: 'Say, once in some minutes, that you wait and will go on; else the run is taken for abandoned',
    status: 200,
    input: bulkSelectionSchema,
    output: bulkStateSchema,
  }),
  suspendBulk: defineEndpoint({
    method: 'post',
    path: '/bulk-requests/{id}/suspend',
    tag: 'Bulk requests',
    summary: 'Stop for now: the run ends with what was handed over, advancing goes on in a new one',
    status: 200,
    input: bulkSelectionSchema,
    output: bulkStateSchema,
  }),
  finishBulk: defineEndpoint({
    method: 'post',
    path: '/bulk-requests/{id}/finish',
    tag: 'Bulk requests',
    summary: 'There are no further titles',
    status: 200,
    input: bulkSelectionSchema,
    output: bulkStateSchema,
  }),
  listRuns: defineEndpoint({
    method: 'get',
    path: '/runs',
    tag: 'Runs',
    summary: 'The latest runs, newest first',
    status: 200,
    input: listRunsSchema,
    output: itemsOf(runSchema),
  }),
  getRun: defineEndpoint({
    method: 'get',
    path: '/runs/{runId}',
    tag: 'Runs',
    summary: 'One run',
    status: 200,
    input: runSelectionSchema,
    output: runSchema,
  }),
  listRunFailures: defineEndpoint({
    method: 'get',
    path: '/runs/{runId}/failures',
    tag: 'Runs',
    summary: 'The units of a run that failed, by title',
    status: 200,
    input: runSelectionSchema.extend({ limit: limitSchema(20, 500) }),
    output: itemsOf(unitFailureSchema),
  }),
  cancelRun: defineEndpoint({
    method: 'post',
    path: '/runs/{runId}/cancel',
    tag: 'Runs',
    summary: 'Take a request back; titles that are being synced are finished',
    status: 200,
    input: runSelectionSchema,
    output: cancellationSchema,
  }),
  listSchedules: defineEndpoint({
    method: 'get',
    path: '/schedules',
    tag: 'Schedules',
    summary: 'What happens by itself: when it ticks next, and what became of the last tick',
    status: 200,
    input: nothingSchema,
    output: itemsOf(scheduleSchema),
  }),
  runSchedule: defineEndpoint({
    method: 'post',
    path: '/schedules/{schedule}/run',
    tag: 'Schedules',
    summary: 'Do now what a schedule is for, also while it is paused or off',
    status: 202,
    input: scheduleSelectionSchema,
    output: receiptSchema,
  }),
  pauseSchedule: defineEndpoint({
    method: 'post',
    path: '/schedules/{schedule}/pause',
    tag: 'Schedules',
    summary: 'Let its ticks do nothing, until it is resumed',
    status: 200,
    input: scheduleSelectionSchema,
    output: scheduleSchema,
  }),
  resumeSchedule: defineEndpoint({
    method: 'post',
    path: '/schedules/{schedule}/resume',
    tag: 'Schedules',
    summary: 'Let its ticks work again',
    status: 200,
    input: scheduleSelectionSchema,
    output: scheduleSchema,
  }),
  listQueues: defineEndpoint({
    method: 'get',
    path: '/queues',
    tag: 'Queues',
    summary: 'Every queue with its jobs by state',
    status: 200,
    input: nothingSchema,
    output: itemsOf(queueStateSchema),
  }),
  pauseQueue: defineEndpoint({
    method: 'post',
    path: '/queues/{queue}/pause',
    tag: 'Queues',
    summary: 'Begin no further job of a queue; running ones finish',
    status: 200,
    input: queueSelectionSchema,
    output: queueStateSchema,
  }),
  resumeQueue: defineEndpoint({
    method: 'post',
    path: '/queues/{queue}/resume',
    tag: 'Queues',
    summary: 'Go on with a paused queue',
    status: 200,
    input: queueSelectionSchema,
    output: queueStateSchema,
  }),
  limitQueue: defineEndpoint({
    method: 'put',
    path: '/queues/{queue}/concurrency',
    tag: 'Queues',
    summary: 'Limit the jobs of a queue that run at the same time over all workers',
    status: 200,
    input: concurrencySchema,
    output: queueStateSchema,
  }),
  listFailedJobs: defineEndpoint({
    method: 'get',
    path: '/failed-jobs',
    tag: 'Failed jobs',
    summary: 'Jobs that failed for good, newest first',
    status: 200,
    input: listFailedJobsSchema,
    output: itemsOf(failedJobSchema),
  }),
  retryFailedJobs: defineEndpoint({
    method: 'post',
    path: '/failed-jobs/retry',
    tag: 'Failed jobs',
    summary: 'Put failed jobs back on their queues, with their priority and all attempts',
    status: 200,
    input: retryFailedJobsSchema,
    output: retryResultSchema,
  }),
  discardFailedJobs: defineEndpoint({
    method: 'post',
    path: '/failed-jobs/discard',
    tag: 'Failed jobs',
    summary: 'Remove failed jobs; what is dirty is enqueued again by a later scan',
    status: 200,
    input: changeFailedJobsSchema,
    output: discardResultSchema,
  }),
  listServers: defineEndpoint({
    method: 'get',
    path: '/servers',
    tag: 'Servers',
    summary: 'The file servers: last scans, and how the workers get on with them',
    status: 200,
    input: nothingSchema,
    output: itemsOf(serverSchema),
  }),
  getStats: defineEndpoint({
    method: 'get',
    path: '/stats',
    tag: 'Stats',
    summary: 'Sizes of catalogue and inventory',
    status: 200,
    input: nothingSchema,
    output: statsSchema,
  }),
  listDeliveries: defineEndpoint({
    method: 'get',
    path: '/webhooks/deliveries',
    tag: 'Webhooks',
    summary: 'What programs have pushed and what became of it, newest first',
    status: 200,
    input: listDeliveriesSchema,
    output: itemsOf(deliverySchema),
  }),
  listAudit: defineEndpoint({
    method: 'get',
    path: '/audit',
    tag: 'Audit',
    summary: 'Who did what, newest first',
    status: 200,
    input: newestSchema,
    output: itemsOf(auditEntrySchema),
  }),
};

export type EndpointName = keyof typeof ENDPOINTS;

type Types = {
  [N in EndpointName]: (typeof ENDPOINTS)[N] extends Endpoint<infer Given, infer Input, infer Output>
    ? { readonly given: Given; readonly input: Input; readonly output: Output }
    : never;
};

/** What a caller passes; defaults may be left out. */
export type GivenOf<N extends EndpointName> = Types[N]['given'];
export type InputOf<N extends EndpointName> = Types[N]['input'];
export type OutputOf<N extends EndpointName> = Types[N]['output'];

type Endpoints = { readonly [N in EndpointName]: Endpoint<GivenOf<N>, InputOf<N>, OutputOf<N>> };

const TYPED: Endpoints = ENDPOINTS;

export function endpointOf<N extends EndpointName>(name: N): Endpoints[N] {
  return TYPED[name];
}

export function isEndpointName(name: string): name is EndpointName {
  return Object.hasOwn(ENDPOINTS, name);
}

export const ENDPOINT_NAMES: readonly EndpointName[] = Object.keys(ENDPOINTS).filter(isEndpointName);
