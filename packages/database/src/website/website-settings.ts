import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type { Run } from '../runs/run';

interface SyncInfo {
  readonly _id: 'lastSyncTime';
  readonly timestamp: Date;
}

/** What Reelsync and the website's admin page tell each other. The documents are the website's. */
export class WebsiteSettings {
  private readonly settings: Collection;
  private readonly syncInfo: Collection<SyncInfo>;

  constructor(settings: Db) {
    this.settings = settings.collection('settings');
    this.syncInfo = settings.collection<SyncInfo>('syncInfo');
  }

  /** Whether scans may start by themselves. Only an explicit `false` says no. */
  async isAutoSyncOn(): Promise<boolean> {
    const setting = await databaseCall({ collection: 'settings', operation: 'isAutoSyncOn' }, () =>
      this.settings.findOne({ name: 'autoSync' }, { projection: { value: 1 } }),
    );
    return setting?.['value'] !== false;
  }

  /**
   * Shows when the catalogue was last brought in step: the end of a scan's run, and so of all that it found, if at least
   * one server could be read (OR-4). Runs may end in any order; the time never goes back.
   */
  async noteSync({ status, scope, servers, finishedAt }: Run): Promise<void> {
    const isScan = scope.kind === 'all' || scope.kind === 'servers';
    const wasRead = servers.some((server) => server.status === 'changed' || server.status === 'not-modified');
    if (status !== 'done' || finishedAt === undefined || !isScan || !wasRead) return;
    await databaseCall({ collection: 'syncInfo', operation: 'noteSync' }, () =>
      this.syncInfo.updateOne({ _id: 'lastSyncTime' }, { $max: { timestamp: finishedAt } }, { upsert: true }),
    );
  }
}
