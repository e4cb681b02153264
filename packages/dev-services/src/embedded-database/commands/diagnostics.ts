import { MAX_DOCUMENT_BYTES } from '../bson/value';
import { MAX_MESSAGE_BYTES, type Reply } from '../wire/message';
import type { Arguments } from './arguments';
import type { CommandContext } from './context';

/** Told to every client, so that nobody takes the embedded database for MongoDB. */
const IDENTITY = 'reelsync-embedded-database';
const VERSION = '7.0.0';
/** MongoDB 7.0. From 25 (8.0) on drivers would send the bulkWrite command. */
const MAX_WIRE_VERSION = 21;

/** Without setName and topologyVersion the driver takes the server for a standalone that has to be polled. */
export function hello(_args: Arguments, context: CommandContext): Reply {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(context.now()),
    logicalSessionTimeoutMinutes: 30,
    connectionId: context.connectionId,
    minWireVersion: 0,
    maxWireVersion: MAX_WIRE_VERSION,
    readOnly: false,
    implementation: IDENTITY,
  };
}

export function ping(): Reply {
  return {};
}

export function buildInfo(): Reply {
  const versionArray = [...VERSION.split('.').map(Number), 0];
  return {
    version: VERSION,
    versionArray,
    modules: [IDENTITY],
    implementation: IDENTITY,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  };
}

export function serverStatus(_args: Arguments, context: CommandContext): Reply {
  return {
    process: IDENTITY,
    version: VERSION,
    pid: process.pid,
    uptime: (context.now() - context.startedAt) / 1000,
    localTime: new Date(context.now()),
    // As MongoDB's, so that commands can be counted at the server whichever of the two it is.
    metrics: {
      commands: Object.fromEntries([...context.commandCounts].map(([name, count]) => [name, { ...count }])),
    },
  };
}

export function connectionStatus(): Reply {
  return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } };
}
