export { loadConfig, type LoadConfigOptions, type ReelsyncConfig } from './load-config';
export { describeConfig } from './describe-config';
export { configReference } from './config-reference';
export type { ReadFile } from './config-file';
export { parseServer, type WebhookIdentity } from './servers';
export type { WebhookSource } from './webhook-sources';
