import { EQUAL, Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

/** Nothing listens there. */
const NO_REDIS = { REDIS_URL: 'redis://127.0.0.1:1' };

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 15 });
  installation = await Installation.open(stage);
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

test('sync --engine flat works without Redis: one object on stdout, the catalogue is what the libraries say', async () => {
  const { code, stdout, stderr } = await installation.cli(['sync', '--engine', 'flat', '--json'], {
    settings: NO_REDIS,
  });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const created = installation.expected().size;
  expect(JSON.parse(stdout)).toMatchObject({
    engine: 'flat',
    created,
    failed: 0,
    servers: [
      { serverId: 'default', status: 'done' },
      { serverId: 'server2', status: 'done' },
    ],
    failures: [],
  });
  expect([code, stderr.includes('FAILED')]).toEqual([0, false]);
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('SYNC_ENGINE=flat does the same; a title that fails is named, and the exit code is 1', async () => {
  const [server] = stage.servers;
  await server.control.faults.add({ match: 'Clapper/metadata\\.json', status: 404 });
  await server.control.faults.add({ match: '1923/metadata\\.json', status: 403 });
  const settings = { ...NO_REDIS, SYNC_ENGINE: 'flat' };
  const { code, stdout, stderr } = await installation.cli(['sync', '--json'], { settings });
  await server.control.faults.clear();
  expect(JSON.parse(stdout)).toMatchObject({
    engine: 'flat',
    failed: 1,
    failures: [{ title: '1923', mediaType: 'movie', serverId: 'default' }],
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining("'1923': ")]);
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test.each([
  ['does not answer', { status: 404 }, 'LISTING_NOT_FOUND'],
  ['lists nothing any more (Appendix B #9)', { body: 'empty' }, 'LISTING_SHRUNKEN'],
] as const)('a server that %s makes the exit code 1, the others are synced', async (_, fault, code) => {
  const [server] = stage.servers;
  await server.control.faults.add({ match: 'listing', ...fault });
  const result = await installation.cli(['sync', '--engine', 'flat', '--json'], {
    settings: NO_REDIS,
  });
  await server.control.faults.clear();
  expect(JSON.parse(result.stdout)).toMatchObject({
    failed: 0,
    servers: [
      { serverId: 'server2', status: 'done' },
      { serverId: 'default', status: 'failed', code },
    ],
  });
  expect([result.code, result.stderr]).toEqual([1, expect.stringContaining(`default: ${code}`)]);
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('sync uses the queue unless told otherwise, and finds nothing left to do after a flat sync', async () => {
  await installation.startWorker();
  const result = await installation.cli(['sync', '--json']);
  expect(printedRun(result)).toMatchObject({ status: 'done', created: 0, updated: 0, failed: 0 });
  expect(result.code).toBe(0);
});
