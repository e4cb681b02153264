import { SyncEventBus, type FieldAvailability, type MediaServer } from '@reelsync/core';
import { ManagerResources } from '../manager/manager-resources';
import { newRunId } from '../manager/new-run-id';
import { configOfProcess } from '../manager/process-config';
import { resolveServer, type ServerReference } from '../manager/server-reference';
import type { FileServerListings } from './flat-listings';
import type { FlatSyncResult } from './flat-result';
import { FlatSync, type FlatPassOptions, type FlatSyncDependencies } from './flat-sync';

export interface FlatStructureOptions extends Omit<FlatPassOptions, 'skipInitialization' | 'forceSync'> {
  /** Used and left open. Without them the settings are those of the environment, and what is opened is closed again. */
  readonly dependencies?: FlatSyncDependencies;
}

/** The entry point of the earlier library (sync-semantics §9.4); the one of its options that had a meaning is kept. */
export async function syncToFlatStructure(
  fileServer: FileServerListings | undefined,
  serverConfig: ServerReference,
  fieldAvailability?: FieldAvailability,
  skipInitialization = false,
  forceSync = false,
  { dependencies, ...options }: FlatStructureOptions = {},
): Promise<FlatSyncResult> {
  const pass = (server: MediaServer, opened: FlatSyncDependencies): Promise<FlatSyncResult> =>
    new FlatSync(opened).syncToFlatStructure(fileServer, server, fieldAvailability, {
      ...options,
      skipInitialization,
      forceSync,
    });
  if (dependencies !== undefined) return pass(serverOf(serverConfig, dependencies.servers), dependencies);
  const resources = new ManagerResources({ config: configOfProcess, bus: new SyncEventBus() });
  try {
    const { servers: configured, sync } = resources.config;
    const server = serverOf(serverConfig, configured);
    const servers = configured.includes(server) ? configured : [...configured, server];
    return await pass(server, {
      database: await resources.database(),
      fileServers: resources.fileServers(servers),
      servers,
      fieldCleanup: sync.fieldCleanup,
      maxShrinkFraction: sync.maxShrinkFraction,
      now: () => new Date(),
      newId: newRunId,
    });
  } finally {
    await resources.close();
  }
}

/** A server that is not configured needs no more than `id` and `baseURL` here: its listings are given. */
function serverOf(reference: ServerReference, configured: readonly MediaServer[]): MediaServer {
  const isConfigured = configured.some(({ id }) => id === reference.id);
  const syncEndpoint = reference.baseURL ?? reference.baseUrl;
  const hasEndpoint = reference.syncEndpoint !== undefined || reference.nodeUrl !== undefined;
  return resolveServer(
    isConfigured || hasEndpoint || syncEndpoint === undefined ? reference : { ...reference, syncEndpoint },
    configured,
  );
}
