export {
  defineJob,
  isJobName,
  QUEUE_NAMES,
  queuesOf,
  type JobCatalog,
  type JobDefinition,
  type JobSubject,
  type QueueName,
  type RetentionPolicy,
} from './catalog/job-definition';
export {
  JOB_CATALOG,
  scanKey,
  scanOfKey,
  scheduleKey,
  titleWatchKey,
  type JobName,
  type JobPayload,
  type JobPayloads,
  type UnitJobName,
} from './catalog/job-catalog';
export { backoffDelayMs, type BackoffPolicy } from './catalog/backoff';
export { PRIORITIES, PRIORITY_NAMES, priorityOf, type Priority } from './catalog/priorities';
export {
  JobProducer,
  type EnqueueOptions,
  type EnqueueResult,
  type JobProducerOptions,
} from './producers/job-producer';
export { WaitingJobs, type Withdrawal } from './producers/waiting-jobs';
export type { QueueCounts } from './producers/count-jobs';
export { FailedJobs, type FailedJobFilter, type FailedJobRecord } from './failed/failed-jobs';
export { jobLabel } from './failed/job-label';
export { workOf, type JobWork } from './failed/job-work';
export {
  WorkerDirectory,
  WorkerPresence,
  type WorkerPresenceOptions,
  type WorkerState,
} from './presence/worker-presence';
export { QueueControl, type QueueState } from './control/queue-control';
export {
  DEFAULT_WORKER_LIMITS,
  WorkerHost,
  type CloseResult,
  type QueueHealth,
  type WorkerHealth,
  type WorkerHostOptions,
  type WorkerLimits,
} from './worker/worker-host';
export { settlesWithin } from './worker/settles-within';
export type {
  AwaitingRuns,
  CompletedJob,
  FailedJob,
  HandlerMap,
  JobContext,
  JobHandler,
  JobReturn,
  JobOrder,
  JobSettlement,
  ProgressReport,
  SettledHook,
} from './worker/job-handler';
export { JobRetention } from './retention/job-retention';
export { SchedulerSet, type SchedulerChanges, type SchedulerSpec } from './schedulers/scheduler-set';
export { EventBridge, type EventBridgeOptions } from './events/event-bridge';
export { EventLog, RUN_MEMORY_MS, type EventLogOptions, type EventSource } from './events/event-log';
export { EventLogReader, type EventLogReaderOptions } from './events/event-log-reader';
export type { LogRecord } from './events/log-record';
export { createRedisConnection, type RedisConnectionOptions, type RedisProfile } from './redis/connection';
export { checkRedis, type RedisCheck, type RedisProblem } from './redis/check-redis';
export { redactRedisUrl } from './redis/redact-url';
export { createQueues, DEFAULT_PREFIX, jobOptions, type BullOptions } from './bullmq/bull-factory';
