import type { MediaServer } from '@reelsync/core';
import { connectDatabase, DatabaseAdapter, type DatabaseConnection } from '@reelsync/database';
import { FileServers } from '@reelsync/file-server';
import { comparableFields, FlatSync, type FlatSyncDependencies } from '@reelsync/sync';
import { testMongoUri, uniqueName } from '../../../../../tests/support';

export interface FlatWorldOptions {
  /** In the order of configuration, which is that of the passes. */
  readonly servers: readonly MediaServer[];
  readonly fieldCleanup?: FlatSyncDependencies['fieldCleanup'];
}

/** Collections of the catalogue that the two engines must agree on. */
export const COLLECTIONS = ['FlatMovies', 'FlatTVShows', 'FlatSeasons', 'FlatEpisodes'] as const;

type Fields = Readonly<Record<string, unknown>>;
type Document = Fields & { readonly showId?: { toHexString(): string } };

/** A flat sync over a catalogue of its own. No Redis, no inventory. */
export class FlatWorld {
  readonly flat: FlatSync;
  /** Commands since the last `takeCommands`. */
  private commands: string[] = [];

  private constructor(
    readonly connection: DatabaseConnection,
    readonly database: DatabaseAdapter,
    readonly dependencies: FlatSyncDependencies & { readonly fileServers: FileServers },
  ) {
    this.flat = new FlatSync(dependencies);
    connection.catalogue.client.on('commandStarted', ({ commandName }) => this.commands.push(commandName));
  }

  static async create({ servers, fieldCleanup = 'enforce' }: FlatWorldOptions): Promise<FlatWorld> {
    const uri = new URL(testMongoUri());
    uri.pathname ||= '/';
    uri.searchParams.set('monitorCommands', 'true');
    const connection = await connectDatabase({
      uri: uri.href,
      catalogueName: uniqueName('flat-media'),
      stateName: uniqueName('flat-state'),
      minPoolSize: 1,
    });
    const fileServers = new FileServers({
      servers,
      limits: { maxRetries: 1, retryDelayMs: 1, breakerThreshold: 1000 },
    });
    const now = (): Date => new Date();
    const database = new DatabaseAdapter(connection, { now });
    return new FlatWorld(connection, database, {
      database,
      fileServers,
      servers,
      fieldCleanup,
      maxShrinkFraction: 0.5,
      now,
    });
  }

  takeCommands(): readonly string[] {
    return this.commands.splice(0);
  }

  async dispose(): Promise<void> {
    await this.dependencies.fileServers.close();
    await Promise.all([this.connection.catalogue.dropDatabase(), this.connection.state.dropDatabase()]);
    await this.database.close();
  }
}

/** The whole catalogue, each document under a key of folder names and numbers. */
export async function catalogueOf({
  catalogue,
}: DatabaseConnection): Promise<Record<(typeof COLLECTIONS)[number], Record<string, Fields>>> {
  const shows = await catalogue.collection<Fields>('FlatTVShows').find().toArray();
  const folders = new Map(shows.map(({ _id, originalTitle }) => [String(_id), String(originalTitle)]));
  const documents = async (collection: string): Promise<Record<string, Fields>> => {
    const found = await catalogue.collection<Document>(collection).find().toArray();
    return Object.fromEntries(
      found.map((document) => {
        const { showId, originalTitle, seasonNumber, episodeNumber } = document;
        const folder = showId === undefined ? originalTitle : folders.get(showId.toHexString());
        const key = [folder, seasonNumber, episodeNumber].filter((part) => part !== undefined);
        return [JSON.stringify(key), comparableFields(document)];
      }),
    );
  };
  return {
    FlatMovies: await documents('FlatMovies'),
    FlatTVShows: await documents('FlatTVShows'),
    FlatSeasons: await documents('FlatSeasons'),
    FlatEpisodes: await documents('FlatEpisodes'),
  };
}
