export { countChanges, takeSnapshot, type DatabaseSnapshot } from './database-snapshot';
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
