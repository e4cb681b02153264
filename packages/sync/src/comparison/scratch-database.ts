import { randomBytes } from 'node:crypto';
import { ReelsyncError } from '@reelsync/core';
import {
  connectDatabase,
  DatabaseAdapter,
  type DatabaseConnection,
  type DatabaseOptions,
} from '@reelsync/database';
import { snapshotCatalogue, type CatalogueSnapshot } from './catalogue-snapshot';

/** MongoDB allows 63 bytes; the rest of a scratch database's name takes 31. */
const LIVE_NAME_CHARACTERS = 32;
const RANDOM_BYTES = 8;

/** A catalogue and a state of their own on the server of the live ones, gone after `use` whatever happens. */
export class ScratchDatabase {
  private constructor(
    private readonly connection: DatabaseConnection,
    readonly settings: { readonly catalogueName: string; readonly stateName: string },
  ) {}

  static async use<T>(
    options: DatabaseOptions & { readonly catalogueName: string },
    work: (scratch: ScratchDatabase) => Promise<T>,
  ): Promise<T> {
    const settings = scratchNames(options.catalogueName);
    const connection = await connectDatabase({
      ...options,
      ...settings,
      minPoolSize: 1,
      appName: 'reelsync-compare',
    });
    const scratch = new ScratchDatabase(connection, settings);
    try {
      return await work(scratch);
    } finally {
      await scratch.drop();
    }
  }

  /** What the catalogue holds. */
  snapshot(): Promise<CatalogueSnapshot> {
    return snapshotCatalogue(new DatabaseAdapter(this.connection));
  }

  private async drop(): Promise<void> {
    const { catalogue, state } = this.connection;
    const drops = await Promise.allSettled([catalogue.dropDatabase(), state.dropDatabase()]);
    await this.connection.close();
    const failure = drops.find((drop) => drop.status === 'rejected');
    if (failure === undefined) return;
    const { catalogueName, stateName } = this.settings;
    const left = `The scratch databases '${catalogueName}' and '${stateName}' could not both be dropped`;
    throw new ReelsyncError('COMPARISON_FAILED', left, { cause: failure.reason });
  }
}

/** People who find one that a killed process left behind can tell what it is, and whose. */
function scratchNames(liveName: string) {
  const random = randomBytes(RANDOM_BYTES).toString('hex');
  const catalogueName = `${liveName.slice(0, LIVE_NAME_CHARACTERS)}-compare-${random}`;
  return { catalogueName, stateName: `${catalogueName}-state` };
}
