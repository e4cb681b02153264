import type { DatabaseConnection, DatabaseOptions } from '@reelsync/database';

/**
 * The databases of an installation that is not a real one. All three: with the website's own `app_config` it would note
 * its scans where the admin page shows them, and its schedules would heed the website's switch.
 */
export function databaseNames(
  namespace: string,
): Required<Pick<DatabaseOptions, 'catalogueName' | 'stateName' | 'settingsName'>> {
  return {
    catalogueName: namespace,
    stateName: `${namespace}State`,
    settingsName: `${namespace}Settings`,
  };
}

export async function dropDatabases({ catalogue, state, settings }: DatabaseConnection): Promise<void> {
  await Promise.all([catalogue, state, settings].map((database) => database.dropDatabase()));
}
