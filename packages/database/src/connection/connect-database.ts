import { MongoClient, type Db } from 'mongodb';
import { databaseCall } from './to-database-error';

export interface DatabaseOptions {
  readonly uri: string;
  /** The website's database (sync-semantics §1.1). */
  readonly catalogueName?: string;
  /** Inventory, gates, listings and runs. */
  readonly stateName?: string;
  /** The website's settings (sync-semantics §1.1). */
  readonly settingsName?: string;
  readonly minPoolSize?: number;
  readonly maxPoolSize?: number;
  readonly maxIdleTimeMs?: number;
  readonly serverSelectionTimeoutMs?: number;
  readonly appName?: string;
  /** Told the name of every command that is sent, handshakes and monitoring left out. */
  readonly onCommand?: (name: string) => void;
}

/** What may be shown to people: never credentials. */
export interface ConnectionInfo {
  readonly hosts: readonly string[];
  readonly catalogue: string;
  readonly state: string;
  readonly appName: string;
  readonly minPoolSize: number;
  readonly maxPoolSize: number;
}

export interface DatabaseConnection {
  readonly catalogue: Db;
  readonly state: Db;
  readonly settings: Db;
  /** Asks the catalogue's database, not the URI's default one. */
  ping(): Promise<void>;
  describe(): ConnectionInfo;
  close(): Promise<void>;
}

/** Connects and waits until a server answers; throws DATABASE_UNAVAILABLE when none does. */
export async function connectDatabase(options: DatabaseOptions): Promise<DatabaseConnection> {
  const settings = {
    // A pool that drains to zero stalls the first call after a quiet time by seconds (F-27).
    minPoolSize: options.minPoolSize ?? 5,
    maxPoolSize: options.maxPoolSize ?? 50,
    maxIdleTimeMS: options.maxIdleTimeMs ?? 60_000,
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 10_000,
    appName: options.appName ?? 'reelsync',
  };
  // Undefined means "not provided" everywhere in Reelsync; the driver would store it as null.
  const client = await databaseCall({ operation: 'connect' }, async () => {
    const { onCommand } = options;
    const candidate = new MongoClient(options.uri, {
      ...settings,
      ignoreUndefined: true,
      ...(onCommand === undefined ? {} : { monitorCommands: true }),
    });
    if (onCommand !== undefined)
      candidate.on('commandStarted', ({ commandName }) => {
        onCommand(commandName);
      });
    try {
      return await candidate.connect();
    } catch (error) {
      await candidate.close();
      throw error;
    }
  });
  const catalogue = client.db(options.catalogueName ?? 'Media');
  const state = client.db(options.stateName ?? 'Reelsync');
  return {
    catalogue,
    state,
    settings: client.db(options.settingsName ?? 'app_config'),
    ping: () =>
      databaseCall({ operation: 'ping' }, async () => {
        await catalogue.command({ ping: 1 });
      }),
    describe: () => ({
      hosts: client.options.hosts.map(String),
      catalogue: catalogue.databaseName,
      state: state.databaseName,
      appName: settings.appName,
      minPoolSize: settings.minPoolSize,
      maxPoolSize: settings.maxPoolSize,
    }),
    close: () => databaseCall({ operation: 'close' }, () => client.close()),
  };
}
