export { pathMembers, type Endpoint } from './contract/endpoint';
export {
  endpointOf,
  ENDPOINT_NAMES,
  ENDPOINTS,
  type EndpointName,
  type GivenOf,
  type InputOf,
  type OutputOf,
} from './contract/endpoints';
export { createAdmin, type Admin, type AdminParts } from './create-admin';
export type { AdminContext, AdminDependencies, Handler, Handlers } from './handler';
export { driveBulk, type BulkDrive, type BulkState } from './drive-bulk';
export { driveRetry, type RetryDrive, type RetryTotal } from './drive-retry';
export { API_BASE, httpClient, type HttpClientOptions } from './http-client';
export { parseInput, type InputProblem } from './parse-input';
export { localClient, type CallOptions, type ReelsyncClient } from './reelsync-client';
