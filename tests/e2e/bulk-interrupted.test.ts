import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { waitFor } from '../support';
import { Installation, printedRun } from './support/installation';
import type { RunningProgram } from './support/run-program';
import { openStage, type Stage } from './support/stage';
import { cliBy, CLI_TOKEN_SETTINGS, startCliBy, WAYS } from './support/ways';

/** Five processes on a busy machine. */
const START_MS = 120_000;
jest.setTimeout(START_MS);

/** Titles that one step of a bulk request takes. */
const STEP = 500;

let stage: Stage;
let installation: Installation;
let url: string;
/** The first step takes titles of the one half, the second those of the other. */
let halves: readonly [readonly string[], readonly string[]];
let file: string;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage, CLI_TOKEN_SETTINGS);
  await installation.startWorker();
  url = (await installation.startApi()).value;
  await installation.scan();
  const titles = [...installation.expected().keys()];
  halves = [titles.slice(0, 5), titles.slice(5)];
  const [first, second] = halves;
  const lines = [...Array.from({ length: STEP }, (_, index) => first[index % first.length]), ...second];
  file = join(stage.folder, 'titles.txt');
  await writeFile(file, lines.join('\n'));
}, START_MS);
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** What ends a request between two of its steps. */
const INTERRUPTIONS: readonly (readonly [
  string,
  (program: RunningProgram) => Promise<unknown>,
  { readonly code: number; readonly says: readonly string[]; readonly restore?: () => Promise<void> },
])[] = [
  [
    'Ctrl-C',
    (program) => Promise.resolve(program.child.kill('SIGINT')),
    { code: 130, says: [`Stopped after ${STEP} titles.`, 'Interrupted.'] },
  ],
  [
    'an outage of Redis',
    () => stage.redis.kill(),
    { code: 1, says: ['QUEUE_UNAVAILABLE'], restore: () => stage.redis.restart() },
  ],
];

describe.each(WAYS)('a bulk request that is made %s', (way) => {
  const place = () => ({ installation, url });

  test.each(INTERRUPTIONS)(
    'and ended by %s says how to go on, and that goes on where it was',
    async (_, interrupt, { code, says, restore }) => {
      const { database } = installation;
      const [first, second] = halves;
      await cliBy(way, place(), ['queues', 'pause', 'movies']);
      const [{ id: last } = { id: '' }] = await database.runs.list({ limit: 1 });
      const enqueue = ['enqueue', 'movies', '--file', file, '--max-backlog', '1', '--json'];
      const program = startCliBy(way, place(), enqueue);
      const begun = await waitFor(
        async () => {
          const [run] = await database.runs.list({ limit: 1, status: 'running' });
          if (run === undefined || run.id <= last) return undefined;
          if (run.scope.kind !== 'titles' || run.scope.bulkId === undefined) return undefined;
          const bulk = await database.bulk.get(run.scope.bulkId);
          return bulk?.position === STEP ? run : undefined;
        },
        { timeoutMs: 60_000, message: () => `the first step: ${program.stderr()}` },
      );
      await interrupt(program);
      const ended = await program.finished;
      expect(ended).toMatchObject({ code, stdout: '' });
      for (const text of says) expect(ended.stderr).toContain(text);
      const [, command = ''] = /Go on with `reelsync (.+)`/.exec(ended.stderr) ?? [];
      expect(command).toMatch(/^enqueue movies --resume [0-9a-f]{24} --file /);

      await restore?.();
      await cliBy(way, place(), ['queues', 'resume', 'movies']);
      const resumed = await cliBy(way, place(), [...command.split(' '), '--json']);
      expect(printedRun(resumed)).toMatchObject({ status: 'done', planned: second.length, failed: 0 });
      expect(resumed.code).toBe(0);
      await waitFor(async () => (await database.runs.get(begun.id))?.status === 'done', {
        timeoutMs: 60_000,
      });
      expect((await database.runs.get(begun.id))?.counts).toMatchObject({ planned: first.length, failed: 0 });
    },
  );
});
