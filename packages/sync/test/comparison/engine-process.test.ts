import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import { EngineProcess } from '@reelsync/sync';
import { z } from 'zod';

const PACKAGE = join(__dirname, '..', '..', 'dist', 'index.js');

/** Engine processes are started for real, from scripts that the tests write. */
describe('EngineProcess', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelsync-engine-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function start(
    open: string,
    { setup, signal = new AbortController().signal }: { setup?: unknown; signal?: AbortSignal } = {},
  ): Promise<EngineProcess> {
    const entry = join(folder, 'engine.cjs');
    await writeFile(entry, `require(${JSON.stringify(PACKAGE)}).serveEngine(${open});`);
    return EngineProcess.start({ entry, env: process.env, setup, signal });
  }

  test('an engine gets its set-up, runs once, and its outcome arrives with what it took', async () => {
    const engine = await start(
      'async (setup) => ({ run: async () => ({ at: setup.at, twice: 2 * setup.n }), close: async () => {} })',
      { setup: { n: 21, at: new Date(0) } },
    );
    const report = await engine.run(z.object({ at: z.custom<Date>(types.isDate), twice: z.number() }));
    expect([report.outcome.at.getTime(), report.outcome.twice]).toEqual([0, 42]);
    expect(report.durationMs).toBeGreaterThan(0);
    expect(report.peakResidentBytes).toBeGreaterThan(10e6);
    await engine.stop();
    await engine.stop();
  });

  test('one that cannot open says why', async () => {
    await expect(start("async () => { throw new Error('no key') }")).rejects.toThrow('no key');
  });

  test('one that fails or ends while it runs says why, and can be stopped', async () => {
    const failing = await start("async () => ({ run: async () => { throw new Error('no fuel') } })");
    await expect(failing.run(z.unknown())).rejects.toThrow('no fuel');
    await failing.stop();
    const ending = await start('async () => ({ run: () => process.exit(3) })');
    await expect(ending.run(z.unknown())).rejects.toThrow('its process ended early (code 3)');
    await ending.stop();
  });

  test('an aborted signal ends it, and its reason is what run rejects with', async () => {
    const stop = new AbortController();
    const engine = await start('async () => ({ run: () => new Promise(() => {}) })', { signal: stop.signal });
    const running = engine.run(z.unknown()).catch((error: unknown) => error);
    stop.abort(new Error('stopped by a person'));
    expect(await running).toMatchObject({ message: 'stopped by a person' });
    await engine.stop();
  });
});
