import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** What the website's admin page has set. Read only: the documents are the website's. */
export class WebsiteSettings {
  private readonly settings: Collection;

  constructor(settings: Db) {
    this.settings = settings.collection('settings');
  }

  /** Whether scans may start by themselves. Only an explicit `false` says no. */
  async isAutoSyncOn(): Promise<boolean> {
    const setting = await databaseCall({ collection: 'settings', operation: 'isAutoSyncOn' }, () =>
      this.settings.findOne({ name: 'autoSync' }, { projection: { value: 1 } }),
    );
    return setting?.['value'] !== false;
  }
}
