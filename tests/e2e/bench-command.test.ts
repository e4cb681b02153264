import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './support/run-program';

// It starts services and processes of its own and synchronises a small library.
jest.setTimeout(300_000);

const ROOT = join(__dirname, '..', '..');
const BENCH = join(ROOT, 'apps', 'bench', 'dist', 'main.js');

let docs: string;
beforeEach(async () => (docs = await mkdtemp(join(tmpdir(), 'reelsync-bench-docs-'))));
afterEach(() => rm(docs, { recursive: true, force: true }));

const bench = (...args: string[]) =>
  runProgram(BENCH, [...args, '--docs', docs], { env: process.env }).finished;

test('bench --quick --json: one object on stdout, progress on stderr, the page and its plot beside earlier results', async () => {
  const earlier: unknown = JSON.parse(
    await readFile(join(ROOT, 'docs', 'benchmarks', 'results.json'), 'utf8'),
  );
  await mkdir(join(docs, 'benchmarks'));
  await writeFile(join(docs, 'benchmarks', 'results.json'), JSON.stringify(earlier));

  const { code, stdout, stderr } = await bench('--quick', '--json', '--only', 'unchanged');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/\[\d+ s\] unchanged: /) });
  const results: unknown = JSON.parse(stdout);
  const target = { goal: expect.any(String), measured: expect.any(String), reached: expect.any(Boolean) };
  expect(results).toEqual({
    unchanged: {
      mode: 'quick',
      measuredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      commit: expect.any(String),
      machine: expect.any(String),
      result: {
        summary: expect.any(String),
        tables: expect.any(Array),
        targets: expect.arrayContaining([target]),
        plots: expect.any(Array),
      },
    },
  });
  expect(JSON.parse(await readFile(join(docs, 'benchmarks', 'results.json'), 'utf8'))).toEqual(
    Object.assign({}, earlier, results),
  );
  const page = await readFile(join(docs, 'benchmarks.md'), 'utf8');
  for (const part of ['## `unchanged`', '## `full`', '| goal | measured |', '!['])
    expect(page).toContain(part);
  expect(await readFile(join(docs, 'benchmarks', 'unchanged.svg'), 'utf8')).toMatch(
    /^<svg[^>]*>.*<\/svg>\n$/s,
  );
});

test('bench refuses a benchmark that there is not', async () => {
  const { code, stdout, stderr } = await bench('--only', 'nothing');
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('queue-overhead'),
  });
});
