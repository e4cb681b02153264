import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  spawnService,
  startDevServices,
  type DevServices,
  type DevServicesOptions,
} from '@reelsync/dev-services';
import { MongoClient, type Collection } from 'mongodb';

import { waitFor } from '../../../tests/support';
import { portAnswers } from '../src/processes/free-port';
import { BUILT_PACKAGE, CACHE_DIR, fakeProgram, isRunning, useTemporaryFolders } from './support/environment';

const newFolder = useTemporaryFolders();
const started: DevServices[] = [];

// Also after a failure: a database that stays would keep Jest from ending.
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.stop()));
});

async function start(options: DevServicesOptions): Promise<DevServices> {
  const services = await startDevServices(options);
  started.push(services);
  return services;
}

/** Listens where it is told to, like mongod, and leaves its pid in the data folder. */
const FAKE_MONGOD = `
  const after = (flag) => process.argv[process.argv.indexOf(flag) + 1];
  require('node:fs').writeFileSync(after('--dbpath') + '/fake.pid', String(process.pid));
  require('node:net').createServer().listen(Number(after('--port')), after('--bind_ip'));
`;

describe('startDevServices', () => {
  it('respects REDIS_URL and MONGODB_URI and starts nothing', async () => {
    const dataDir = join(newFolder(), 'data');
    const env = { REDIS_URL: 'redis://given:6379', MONGODB_URI: 'mongodb://given', PATH: '' };
    const services = await start({ dataDir, cacheDir: dataDir, env });
    expect(services.redis).toEqual({ url: 'redis://given:6379', origin: 'REDIS_URL' });
    expect(services.database).toEqual({ uri: 'mongodb://given', origin: 'MONGODB_URI' });
    await services.stop();
    expect(existsSync(dataDir)).toBe(false);
  });

  it('runs the mongod of the PATH on a port and a folder of its own', async () => {
    const programs = newFolder();
    const dataDir = newFolder();
    fakeProgram(programs, 'mongod', FAKE_MONGOD);
    const env = { REDIS_URL: 'redis://given:6379', PATH: programs };
    const services = await start({ dataDir, cacheDir: dataDir, env });
    expect(services.database).toEqual({
      uri: expect.stringMatching(/^mongodb:\/\/127\.0\.0\.1:\d+$/),
      origin: 'mongod',
    });
    expect(services.database.uri).not.toContain(':27017');
    const pid = Number(readText(join(dataDir, 'mongod', 'fake.pid')));
    expect(isRunning(pid)).toBe(true);
    await services.stop();
    expect(isRunning(pid)).toBe(false);
  });

  it.each([
    ['a process of its own', false],
    ['this process', true],
  ])(
    'finds the catalogue again at a second start, with the embedded database in %s',
    async (_, embeddedInProcess) => {
      const dataDir = newFolder();
      const env = { REDIS_URL: 'redis://given:6379', PATH: '' };
      const options = { dataDir, cacheDir: dataDir, env, embeddedInProcess };
      const first = await start(options);
      expect(first.database.origin).toBe('embedded');
      await withMovies(first.database.uri, (movies) => movies.insertOne({ title: 'Metropolis' }));
      await first.stop();
      const second = await start(options);
      const found = await withMovies(second.database.uri, (movies) =>
        movies.findOne({ title: 'Metropolis' }),
      );
      expect(found).toMatchObject({ title: 'Metropolis' });
    },
  );

  it('ends the process of the embedded database when its parent is killed with SIGKILL', async () => {
    const options = {
      dataDir: newFolder(),
      cacheDir: CACHE_DIR,
      env: { REDIS_URL: 'redis://given:6379', PATH: '' },
    };
    const parent = await spawnService({
      name: 'the parent',
      command: process.execPath,
      args: [
        '-e',
        `require(${JSON.stringify(BUILT_PACKAGE)}).startDevServices(${JSON.stringify(options)})
          .then(({ database }) => console.log(database.uri));`,
      ],
      ready: (line) => (line.startsWith('mongodb://') ? line : undefined),
    });
    const port = Number(new URL(parent.value).port);
    const answers = (): Promise<boolean> => portAnswers(port, AbortSignal.timeout(1_000));
    expect(await answers()).toBe(true);
    parent.kill('SIGKILL');
    await waitFor(async () => !(await answers()), { message: 'the end of the database' });
  });

  it('leaves no database behind when there is no Redis', async () => {
    const programs = newFolder();
    const dataDir = newFolder();
    fakeProgram(programs, 'mongod', FAKE_MONGOD);
    const attempt = start({ dataDir, cacheDir: dataDir, env: { PATH: programs } });
    await expect(attempt).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    const pid = Number(readText(join(dataDir, 'mongod', 'fake.pid')));
    await waitFor(() => !isRunning(pid));
  });
});

const readText = (file: string): string => readFileSync(file, 'utf8');

async function withMovies<T>(uri: string, use: (movies: Collection) => Promise<T>): Promise<T> {
  const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 }).connect();
  try {
    return await use(client.db('catalogue').collection('movies'));
  } finally {
    await client.close();
  }
}
