import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Installation } from './support/installation';
import { runProgram } from './support/run-program';
import { openStage, type Stage } from './support/stage';

const ROOT = resolve(__dirname, '../..');

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 12 });
  installation = await Installation.open(stage);
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** The blocks of code under "Use it as a library" in the README, as they stand there: a quick start, how to subscribe. */
async function codeOfReadme(): Promise<readonly [quickStart: string, subscribe: string]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [section = ''] = /^## Use it as a library$[^]*?(?=^## )/m.exec(readme) ?? [];
  const [quickStart, subscribe] = [...section.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);
  if (quickStart === undefined || subscribe === undefined)
    throw new Error('README.md has no quick start for the library');
  return [quickStart, subscribe];
}

test('the quick start in the README works as written, in three lines and without Redis', async () => {
  const [code, subscribe] = await codeOfReadme();
  expect(code.trim().split('\n')).toHaveLength(3);
  const program = join(stage.folder, 'quick-start.mjs');
  await writeFile(program, code);
  await symlink(join(ROOT, 'node_modules'), join(stage.folder, 'node_modules'));
  const env = { ...installation.env, REDIS_URL: 'redis://127.0.0.1:1' };
  const result = await runProgram(program, [], { env, cwd: stage.folder }).finished;
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toContain('created: 1');
  expect(await installation.database.movies.load('Amélie (2001)')).toMatchObject({
    type: 'movie',
    videoURL: expect.any(String),
  });

  const [begin = '', ...rest] = code.trim().split('\n');
  await installation.database.movies.delete('Amélie (2001)');
  await writeFile(program, [begin, subscribe, ...rest].join('\n'));
  const told = await runProgram(program, [], { env, cwd: stage.folder }).finished;
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain('Amélie (2001) metadata');
});
