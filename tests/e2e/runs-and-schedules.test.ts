import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import { actorOf, cliBy, CLI_TOKEN_SETTINGS, WAYS } from './support/ways';

/** Five processes on a busy machine. */
const START_MS = 120_000;
jest.setTimeout(START_MS);

let stage: Stage;
let installation: Installation;
let url: string;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage, CLI_TOKEN_SETTINGS);
  await installation.startWorker();
  url = (await installation.startApi()).value;
}, START_MS);
afterAll(async () => {
  await installation.close();
  await stage.close();
});

type Listed = readonly { readonly id: string; readonly nextTick?: string; readonly paused?: object }[];

describe.each(WAYS)('%s', (way) => {
  const cli = (...words: readonly string[]) => cliBy(way, { installation, url }, words);
  const printed = async <T>(...words: readonly string[]): Promise<T> => {
    const { code, stdout, stderr } = await cli(...words, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  };
  const actor = actorOf(way);
  const lastActions = async (limit: number) => (await installation.database.audit.list({ limit })).reverse();

  test('runs are listed, shown and watched; a run that has ended stays as it is when cancelled', async () => {
    const { runId } = await printed<{ runId: string }>('scan', '--no-wait');
    expect(await printed('runs', 'watch', runId)).toMatchObject({ runId, status: 'done', failed: 0 });
    expect(await printed('runs', 'list', '--limit', '1', '--status', 'done')).toMatchObject([
      { id: runId, scope: { kind: 'all', serverIds: ['default', 'server2'] } },
    ]);
    expect(await printed('runs', 'list', '--status', 'failed')).toEqual([]);
    expect(await printed('runs', 'show', runId)).toMatchObject({ runId, status: 'done' });
    expect(await printed('runs', 'cancel', runId)).toEqual({ runId, status: 'done', withdrawnJobs: 0 });
    expect((await cli('runs', 'list')).stdout).toContain('scan of all servers');
    expect(await cli('runs', 'show', 'f'.repeat(24))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('RUN_UNKNOWN'),
    });
  });

  test('a run under way is cancelled: its waiting jobs leave the queue, and the record says who did it', async () => {
    await printed('queues', 'pause', 'movies');
    try {
      const { runId } = await printed<{ runId: string }>(
        ...['enqueue', 'movies', '1923', '100% Wolf', '--force', '--no-wait'],
      );
      expect(await printed('runs', 'cancel', runId)).toEqual({
        runId,
        status: 'cancelled',
        withdrawnJobs: 2,
      });
      const shown = await cli('runs', 'show', runId, '--json');
      expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'cancelled', planned: 2, skipped: 2 });
      expect(shown).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^RUN_CANCELLED: Cancelled by /),
      });
      expect(await lastActions(1)).toMatchObject([
        { action: 'runs.cancel', actor, details: { runId, result: { withdrawnJobs: 2 } } },
      ]);
    } finally {
      await printed('queues', 'resume', 'movies');
    }
  });

  test('a worker sets the schedules up; they are listed, run by hand, paused and resumed', async () => {
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
    expect(await printed('schedules', 'pause', 'scan/default')).toHaveProperty('paused.by');
    expect((await list()).find(({ id }) => id === 'scan/default')).toHaveProperty('paused');
    expect(await printed('schedules', 'resume', 'scan/default')).not.toHaveProperty('paused');
    expect((await cli('schedules', 'list')).stdout).toContain('retention');
    expect(await lastActions(4)).toMatchObject(
      [
        ['schedules.run', 'scan/default'],
        ['schedules.run', 'retention'],
        ['schedules.pause', 'scan/default'],
        ['schedules.resume', 'scan/default'],
      ].map(([action, schedule]) => ({ action, actor, details: { schedule } })),
    );
    expect(await cli('schedules', 'run', 'nonsense')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SCHEDULE_UNKNOWN'),
    });
  });
});
