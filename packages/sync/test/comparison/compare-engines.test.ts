import { readFile } from 'node:fs/promises';
import { compareEngines, type ComparisonRequest, type EngineComparison } from '@reelsync/sync';
import { waitFor } from '../../../../tests/support';
import { Installation } from '../support/installation';
import { manage, rawListing } from '../support/manager';

// Each test starts engine processes; none of them waits for time, but a busy machine may take long.
jest.setTimeout(300_000);

const DEFAULT = { id: 'default' };

describe('compareEngines', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create({ titles: 8, shows: 1, withBrokenTitles: false });
  });
  afterEach(async () => {
    expect(await scratchDatabases()).toEqual([]);
    await installation.dispose();
  });

  function compare(request: Partial<ComparisonRequest> = {}): Promise<EngineComparison> {
    return compareEngines({
      config: withoutRedis(installation),
      server: DEFAULT,
      titles: [],
      rounds: 1,
      faultRate: 0,
      ...request,
    });
  }

  async function databases(): Promise<string[]> {
    const { databases: all } = await installation.connection.catalogue
      .admin()
      .listDatabases({ nameOnly: true });
    return all.map(({ name }) => name);
  }

  /** Scratch databases carry the name of the live one, and no other test has a live one of this name. */
  async function scratchDatabases(): Promise<string[]> {
    const live = installation.connection.catalogue.databaseName;
    return (await databases()).filter((name) => name.startsWith(`${live}-compare-`));
  }

  /** Every document of both live databases. */
  async function liveContents(): Promise<Record<string, unknown[]>> {
    const { catalogue, state } = installation.connection;
    const contents: Record<string, unknown[]> = {};
    for (const database of [catalogue, state])
      for (const { name } of await database.listCollections({}, { nameOnly: true }).toArray())
        contents[`${database.databaseName}.${name}`] = await database.collection(name).find().toArray();
    return contents;
  }

  test('figures are real: they add up to what the file server itself has counted and sent', async () => {
    const { alpha } = installation;
    alpha.resetStats();
    const { engines, rounds, titles, warnings } = await compare({ limit: 5 });
    const { requests, bytes, classes } = alpha.stats();
    expect(titles.movies + titles.shows).toBe(5);
    // A round runs each engine twice, with and without faults, of which there are none here; a warm-up comes before.
    const expected = (figure: 'httpRequests' | 'bytes'): number => {
      const { direct, flat } = { direct: engines.direct[figure], flat: engines.flat[figure] };
      expect([direct.min, flat.min]).toEqual([direct.max, flat.max]);
      return direct.median * (2 * rounds + 1) + flat.median * 2 * rounds;
    };
    expect(classes.listing.requests).toBe(2);
    expect(expected('httpRequests')).toBe(requests - classes.listing.requests);
    expect(expected('bytes')).toBe(bytes - classes.listing.bytes);
    expect(engines.direct.documents.median).toBe(engines.flat.documents.median);
    expect(warnings).toEqual([]);
  });

  test('engines that meet the same faults are told apart by what they leave behind, and targets are judged', async () => {
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const result = await compare({ titles, faultRate: 0.4 });
    const { engines, ratios, targets, newArchitecture, comparison } = result;
    expect(engines.flat.failedUnderFaults.max).toBeGreaterThan(0);
    expect(engines.direct.failedUnderFaults.max).toBeLessThan(engines.flat.failedUnderFaults.max);
    expect(engines.flat.databaseCommands.min).toBeGreaterThan(engines.direct.databaseCommands.max);
    expect(ratios.databaseCommands?.min).toBeGreaterThan(1);
    expect(ratios.durationMs?.rounds).toBe(1);
    expect(engines.direct.peakResidentBytes.min).toBeGreaterThan(20e6);
    const verdicts = new Map(targets.map(({ name, verdict }) => [name, verdict]));
    expect([...verdicts.keys()]).toEqual(['speed', 'memory', 'failures']);
    expect(verdicts.get('failures')).toBe('met');
    // The members of the earlier library (sync-semantics §9.1), measured.
    expect(comparison).toEqual({
      speedImprovement: targets[0]?.measured,
      memoryEfficiency: targets[1]?.measured,
      errorReduction: targets[2]?.measured,
    });
    expect(comparison.speedImprovement).toMatch(/ (?:less|more) time: .+ ms against .+ ms$/);
    expect(newArchitecture.duration).toBeGreaterThan(0);
    expect(newArchitecture.memoryUsage.end.rss).toBeGreaterThan(0);
    expect(newArchitecture.results[0]).toMatchObject({ status: 'completed', mediaType: 'movie' });
  });

  test('performanceComparison: both engines on the titles that were named, round by round; the live databases stay as they are', async () => {
    const { manager } = manage(installation, { config: () => withoutRedis(installation) });
    const [first = '', second = '', third = ''] = Object.keys(await rawListing(installation.alpha, 'movies'));
    await manager.syncMovies([first, second], DEFAULT);
    const before = await liveContents();
    expect(before[`${installation.connection.catalogue.databaseName}.FlatMovies`]).toHaveLength(2);

    const comparing = manager.performanceComparison([second, third], DEFAULT, {}, { rounds: 2 });
    await waitFor(async () => (await scratchDatabases()).length > 0, { timeoutMs: 60_000 });
    const { engines, ratios, targets, ...rest } = await comparing;
    await manager.shutdown();

    expect(await scratchDatabases()).toEqual([]);
    expect(await liveContents()).toEqual(before);
    expect(rest).toMatchObject({
      serverId: 'default',
      titles: { movies: 2, shows: 0 },
      rounds: 2,
      faultRate: 0.2,
    });
    const spread = {
      median: expect.any(Number),
      min: expect.any(Number),
      max: expect.any(Number),
      rounds: 2,
    };
    const measured = {
      durationMs: spread,
      httpRequests: spread,
      databaseCommands: spread,
      bytes: spread,
      peakResidentBytes: spread,
    };
    const figures = { ...measured, documents: spread, failedUnderFaults: spread };
    expect(engines).toEqual({ direct: figures, flat: figures });
    expect(ratios).toEqual(measured);
    for (const engine of Object.values(engines)) {
      expect(engine.documents).toMatchObject({ min: 2, max: 2 });
      for (const name of ['durationMs', 'httpRequests', 'databaseCommands', 'bytes'] as const)
        expect(engine[name].min).toBeGreaterThan(0);
    }
    expect(targets).toMatchObject([
      { goal: '30 to 50 % faster' },
      { goal: '20 to 30 % less memory' },
      { goal: '50 % fewer failures' },
    ]);
    for (const { verdict } of targets) expect(['met', 'missed', 'not measurable']).toContain(verdict);
  });

  test('a title that the server does not list, or settings that make no sense, are refused before anything runs', async () => {
    await expect(compare({ titles: ['Nowhere (1900)'] })).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
      message: expect.stringContaining("'Nowhere (1900)'"),
    });
    await expect(compare({ rounds: 0 })).rejects.toMatchObject({ code: 'ARGUMENTS_INVALID' });
    await expect(compare({ server: { id: 'nobody' } })).rejects.toMatchObject({
      code: 'SERVER_NOT_CONFIGURED',
    });
  });

  test('an engine that dies makes the comparison fail; its scratch databases are gone', async () => {
    const failed = rejectionOf(compare());
    process.kill(await hungEngine(), 'SIGKILL');
    expect(await failed).toMatchObject({
      code: 'COMPARISON_FAILED',
      message: expect.stringMatching(/^The direct engine failed: its process ended early \(SIGKILL\)/),
    });
  });

  test('a comparison that is stopped ends its engine and drops its scratch databases', async () => {
    const stop = new AbortController();
    const stopped = rejectionOf(compare({ signal: stop.signal }));
    const pid = await hungEngine();
    expect(await scratchDatabases()).not.toEqual([]);
    stop.abort('enough');
    expect(await stopped).toBe('enough');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  /** An engine of this process that waits for a file that never comes. */
  async function hungEngine(): Promise<number> {
    const { alpha } = installation;
    alpha.resetStats();
    alpha.faults.add({ match: 'metadata', hang: true });
    await waitFor(() => alpha.stats().classes.metadata.requests > 0, { timeoutMs: 60_000 });
    const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
    for (const pid of children.trim().split(' ')) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes('comparison/main.js')) return Number(pid);
    }
    throw new Error('no engine is running');
  }
});

/** Nothing listens at this Redis: a comparison must do without. */
function withoutRedis({ config }: Installation): Installation['config'] {
  return { ...config, redis: { ...config.redis, url: 'redis://127.0.0.1:1' } };
}

function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
