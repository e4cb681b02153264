import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage);
  await installation.startWorker();
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

async function printed<T>(...words: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await installation.cli([...words, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

test('runs are listed, shown and watched; a run that has ended stays as it is when cancelled', async () => {
  const { runId } = await printed<{ runId: string }>('scan', '--no-wait');
  expect(await printed('runs', 'watch', runId)).toMatchObject({ runId, status: 'done', failed: 0 });
  expect(await printed('runs', 'list', '--limit', '1')).toMatchObject([
    { id: runId, scope: { kind: 'all' } },
  ]);
  expect(await printed('runs', 'show', runId)).toMatchObject({ runId, status: 'done' });
  expect(await printed('runs', 'cancel', runId)).toEqual({ runId, status: 'done', withdrawnJobs: 0 });
  expect((await installation.cli(['runs', 'list', '--status', 'done'])).stdout).toContain(
    'scan of all servers',
  );
  const unknown = await installation.cli(['runs', 'show', 'f'.repeat(24)]);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('RUN_UNKNOWN') });
});

test('a worker sets the schedules up; they are listed, run by hand, paused and resumed', async () => {
  type Listed = readonly { readonly id: string; readonly nextTick?: string; readonly paused?: object }[];
  const list = () => printed<Listed>('schedules', 'list');
  const schedules = await waitFor(async () => {
    const found = await list();
    return found.every(({ nextTick }) => nextTick !== undefined) && found;
  });
  expect(schedules.map(({ id }) => id)).toEqual([
    'scan/default',
    'scan/server2',
    'audit',
    'sweep',
    'retention',
  ]);
  expect(await printed('schedules', 'run', 'scan/default')).toMatchObject({ status: 'done', failed: 0 });
  expect(await printed('schedules', 'run', 'retention')).toMatchObject({ status: 'done', planned: 0 });
  expect(await installation.cli(['schedules', 'pause', 'audit'])).toMatchObject({ code: 0 });
  expect((await list()).find(({ id }) => id === 'audit')).toHaveProperty('paused');
  expect(await installation.cli(['schedules', 'resume', 'audit'])).toMatchObject({ code: 0 });
  expect((await list()).find(({ id }) => id === 'audit')).not.toHaveProperty('paused');
  const unknown = await installation.cli(['schedules', 'pause', 'nonsense']);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('SCHEDULE_UNKNOWN') });
});
