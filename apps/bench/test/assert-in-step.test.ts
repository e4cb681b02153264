import { connectDatabase, DatabaseAdapter, type DatabaseConnection } from '@reelsync/database';
import { buildLibraries, type OracleServer } from '@reelsync/sample-library';
import { testMongoUri, uniqueName } from '../../../tests/support';
import { keepMovies } from '../../../tests/support/keep-movies';
import { assertInStep, shareOutOfStep } from '../src/stage/assert-in-step';

const libraries = buildLibraries({ titles: 3, shows: 0 });
keepMovies(libraries, ['100% Wolf']);
const none = buildLibraries({ titles: 3, shows: 0 });
keepMovies(none, []);
const server: OracleServer = {
  id: 'default',
  priority: 1,
  baseUrl: 'http://files.example',
  prefix: '',
  library: libraries.alpha,
};

let connection: DatabaseConnection;
let database: DatabaseAdapter;
beforeAll(async () => {
  const name = uniqueName('bench-test');
  connection = await connectDatabase({
    uri: testMongoUri(),
    catalogueName: `${name}-media`,
    stateName: `${name}-state`,
    settingsName: `${name}-settings`,
  });
  database = new DatabaseAdapter(connection);
});
afterAll(async () => {
  const { catalogue, state, settings } = connection;
  await Promise.all([catalogue, state, settings].map((one) => one.dropDatabase()));
  await database.close();
});

test('a benchmark whose catalogue is not what the libraries give fails, and says what is wrong', async () => {
  await expect(assertInStep(database, [server])).rejects.toThrow(
    /^The catalogue is not in step: movies \(1 missing, 0 unexpected, 0 fields differ, such as .+\)$/,
  );
  expect(await shareOutOfStep(database, [server])).toBe(1);
});

test('a catalogue that is what the libraries give passes', async () => {
  await expect(assertInStep(database, [{ ...server, library: none.alpha }])).resolves.toBeUndefined();
});
