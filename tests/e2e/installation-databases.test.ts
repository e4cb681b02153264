import { connectDatabase, type DatabaseConnection } from '@reelsync/database';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@reelsync/dev-services';

import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
let mongo: EmbeddedDatabase;
/** With the names of a real installation, as it would be at this address. */
let real: DatabaseConnection;
beforeAll(async () => {
  stage = await openStage({ titles: 3 });
  mongo = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
  real = await connectDatabase({ uri: mongo.uri, minPoolSize: 1 });
});
afterAll(async () => {
  await real.close();
  await mongo.close();
  await stage.close();
});

async function databases(): Promise<string[]> {
  const { databases: all } = await real.catalogue.admin().listDatabases({ nameOnly: true });
  return all.map(({ name }) => name).sort();
}

test('an installation beside a real one keeps to databases of its own, does not heed its switch, and drops them', async () => {
  await real.settings.collection('settings').insertOne({ name: 'autoSync', value: false });
  expect(await databases()).toEqual(['app_config']);

  const installation = await Installation.open(stage, { MONGODB_URI: mongo.uri, SYNC_SCHEDULE_SCAN: '1s' });
  try {
    await installation.startWorker();
    expect(await installation.scan()).toMatchObject({ status: 'done', failed: 0 });
    await waitFor(
      async () => {
        const runs = await installation.database.runs.list({ limit: 20, status: 'done' });
        return runs.some(({ trigger }) => trigger === 'schedule');
      },
      { timeoutMs: 60_000, message: 'a scheduled scan' },
    );
    const name = installation.env['MONGODB_CATALOGUE_NAME'] ?? '';
    expect(await databases()).toEqual(['app_config', name, `${name}Settings`, `${name}State`].sort());
  } finally {
    await installation.close();
  }

  expect(await databases()).toEqual(['app_config']);
  expect(await real.settings.listCollections({}, { nameOnly: true }).toArray()).toMatchObject([
    { name: 'settings' },
  ]);
}, 120_000);
