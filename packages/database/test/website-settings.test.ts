import { RunRepository, WebsiteSettings, type Run, type RunScope, type RunServer } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const SCAN: RunScope = { kind: 'servers', serverIds: ['s1', 's2'], full: false, force: false };
const TITLES: RunScope = { kind: 'titles', domain: 'movies', force: false };
const server = (serverId: string, status: RunServer['status']): RunServer => ({
  ...{ serverId, status, titles: 0, changed: 0, vanished: 0 },
  ...{ problems: [], problemCount: 0, bytes: 0, durationMs: 1 },
});

describe('lastSyncTime of the website: the end of the last successful scan (OR-4)', () => {
  let runs: RunRepository;
  beforeEach(async () => {
    for (const name of ['runs', 'runUnits', 'syncInfo']) await database.state.collection(name).deleteMany({});
    const website = new WebsiteSettings(database.state);
    runs = new RunRepository(database.state, { onDone: (run: Run) => website.noteSync(run) });
  });
  async function lastSyncTime(): Promise<Date | undefined> {
    const collection = database.state.collection<{ _id: string; timestamp: Date }>('syncInfo');
    return (await collection.findOne({ _id: 'lastSyncTime' }))?.timestamp;
  }
  async function run(scope: RunScope, servers: readonly RunServer[] = []): Promise<string> {
    const id = await runs.create({ trigger: 'schedule', scope, startedAt: at(0) });
    await runs.recordServers(id, servers);
    await runs.donePlanning(id);
    return id;
  }

  it('is written when all that a scan found is done, and not before', async () => {
    const unit = { kind: 'movie', title: 'A' } as const;
    const id = await run(SCAN, [server('s1', 'changed'), server('s2', 'failed')]);
    await runs.plan(id, [unit], at(1));
    await runs.settle(at(5));
    expect(await lastSyncTime()).toBeUndefined();
    await runs.finishUnit({ unit, runIds: [id], outcome: 'updated', finishedAt: at(6) });
    await runs.settle(at(7));
    expect(await lastSyncTime()).toEqual(at(7));
  });

  it('never goes back', async () => {
    for (const end of [at(9), at(8)]) {
      await run(SCAN, [server('s1', 'not-modified')]);
      await runs.settle(end);
    }
    expect(await lastSyncTime()).toEqual(at(9));
  });

  it('stays as it is when no server could be read, for single titles, and for a run that fails', async () => {
    await run(SCAN, [server('s1', 'failed'), server('s2', 'refused')]);
    await run(TITLES);
    const failing = await run(SCAN, [server('s1', 'changed')]);
    await runs.fail(failing, { code: 'JOB_LOST', message: 'gone' }, at(5));
    await runs.settle(at(7));
    expect(await lastSyncTime()).toBeUndefined();
  });
});
