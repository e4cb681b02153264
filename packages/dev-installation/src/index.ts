export { countChanges, takeSnapshot, type DatabaseSnapshot } from './database-snapshot';
export { databaseNames, dropDatabases } from './installation-databases';
export { readableLogLine } from './log-line';
export { PATHS } from './paths';
export {
  ADMIN_USER,
  installationEnvironment,
  redisPrefix,
  runCli,
  startApi,
  startWorker,
  type InstallationIdentity,
} from './reelsync-processes';
export { startSampleServers, type SampleServerProcess, type SampleServersOptions } from './sample-servers';
