import { randomUUID } from 'node:crypto';
import type { CommandStartedEvent, Db } from 'mongodb';
import { connectDatabase, type DatabaseConnection, type DatabaseOptions } from '@reelsync/database';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@reelsync/dev-services';
import { unsupportedOperations } from './used-operations';

export interface TestDatabase {
  readonly connection: DatabaseConnection;
  readonly catalogue: Db;
  readonly state: Db;
  readonly uri: string;
  /** Forgets the commands seen so far. */
  resetCommands(): void;
  /** Commands since the last reset, by name and collection. */
  commands(name: string, collection?: string): CommandStartedEvent[];
  /** Makes the next commands of these names fail (a private database only). */
  failNext(commands: string[], data: object, times?: number): Promise<void>;
}

export interface TestDatabaseOptions {
  /** A database of this suite's own, whose failures disturb nobody else. */
  readonly private?: boolean;
  readonly connection?: Partial<DatabaseOptions>;
}

/**
 * One connection per suite with databases of random names, dropped afterwards. Every command that the suite sent is
 * compared with what the embedded development database implements.
 */
export function useTestDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  let embedded: EmbeddedDatabase | undefined;
  let connection: DatabaseConnection | undefined;
  let uri = '';
  const all: CommandStartedEvent[] = [];
  let since = 0;

  beforeAll(async () => {
    const given = process.env['REELSYNC_TEST_MONGODB_URI'];
    if (options.private === true || given === undefined) {
      embedded = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
    }
    uri = embedded?.uri ?? given ?? '';
    const name = randomUUID().slice(0, 13);
    connection = await connectDatabase({
      uri: observed(uri),
      catalogueName: `test-media-${name}`,
      stateName: `test-state-${name}`,
      minPoolSize: 1,
      ...options.connection,
    });
    connection.catalogue.client.on('commandStarted', (event) => {
      // The connection's own pings and the tests' fail points are no repository's commands.
      if (event.databaseName.startsWith('test-')) all.push(event);
    });
  });

  afterAll(async () => {
    const unsupported = all.flatMap(({ commandName, command }) =>
      unsupportedOperations(commandName, command as Record<string, unknown>),
    );
    await connection?.catalogue.dropDatabase();
    await connection?.state.dropDatabase();
    await connection?.close();
    await embedded?.close();
    expect([...new Set(unsupported)]).toEqual([]);
  });

  const open = (): DatabaseConnection => {
    if (connection === undefined) throw new Error('the database is open in tests only');
    return connection;
  };
  return {
    get connection() {
      return open();
    },
    get catalogue() {
      return open().catalogue;
    },
    get state() {
      return open().state;
    },
    get uri() {
      return uri;
    },
    resetCommands() {
      since = all.length;
    },
    commands(name, collection) {
      return all
        .slice(since)
        .filter(
          ({ commandName, command }) =>
            commandName === name &&
            (collection === undefined || (command as Record<string, unknown>)[name] === collection),
        );
    },
    async failNext(failCommands, data, times = 1) {
      await open()
        .catalogue.client.db('admin')
        .command({ configureFailPoint: 'failCommand', mode: { times }, data: { failCommands, ...data } });
    },
  };
}

/** Not by URL: a replica set's address names several hosts. */
function observed(uri: string): string {
  const separator = uri.includes('?') ? '&' : /^[^/]+\/\/[^/]+\//.test(uri) ? '?' : '/?';
  return `${uri}${separator}monitorCommands=true`;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
