export { DevServiceError, type DevServiceErrorCode } from './dev-service-error';
export {
  startEmbeddedDatabase,
  supportedOperations,
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
} from './embedded-database';
export { claimDataFolder, type DataFolderClaim } from './processes/data-folder-claim';
export {
  spawnService,
  type OutputStream,
  type ServiceExit,
  type SpawnedService,
  type SpawnServiceOptions,
} from './processes/spawn-service';
export { findExecutable } from './processes/find-executable';
export type { PackagedProgram } from './packages/distribution-package';
export { unpackPackage } from './packages/unpack-package';
export type { RedisBinary } from './redis/redis-binary';
export { startPrivateRedis, type PrivateRedis, type PrivateRedisOptions } from './redis/private-redis';
export { startDevServices, type DevServices, type DevServicesOptions } from './start-dev-services';
