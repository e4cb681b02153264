import { load, MINIMAL, problemsOf } from './support';

test('schedules are intervals, cron expressions or off; cron has a time zone', () => {
  expect(load(MINIMAL).schedules).toEqual({
    scan: '15m',
    audit: '30 3 * * *',
    sweep: '5m',
    sweepMinAgeMs: 120_000,
    retention: '15 4 * * *',
    timeZone: 'UTC',
    serverScans: [],
  });
  const given = {
    SYNC_SCHEDULE_SCAN: '90s',
    SYNC_SCHEDULE_AUDIT: '0 30 3 * * 1-5',
    SYNC_SCHEDULE_SWEEP: 'off',
    SYNC_SCHEDULE_TIME_ZONE: 'Europe/Berlin',
  };
  expect(load({ ...MINIMAL, ...given }).schedules).toMatchObject({
    scan: '90s',
    audit: '0 30 3 * * 1-5',
    sweep: 'off',
    timeZone: 'Europe/Berlin',
  });
});

test.each(['15', '0m', '500ms', '60d', '61 * * * *', '* * * *', '* * * * * * *', 'every day', '0 0 31 2 *'])(
  'SYNC_SCHEDULE_SCAN=%s is refused with what is expected',
  (SYNC_SCHEDULE_SCAN) => {
    expect(problemsOf({ ...MINIMAL, SYNC_SCHEDULE_SCAN })).toEqual([
      'SYNC_SCHEDULE_SCAN: expected off, an interval (90s, 15m, 2h, 1d) or a cron expression with five or six fields',
    ]);
  },
);

test('an unknown time zone is refused', () => {
  expect(problemsOf({ ...MINIMAL, SYNC_SCHEDULE_TIME_ZONE: 'Europe/Atlantis' })).toEqual([
    'SYNC_SCHEDULE_TIME_ZONE: expected an IANA time zone such as Europe/Berlin',
  ]);
});

describe('a server may be scanned at times of its own', () => {
  const SECOND = {
    FILE_SERVER_URL_2: 'https://two.example.com',
    NODE_SERVER_URL_2: 'https://two.example.com/node',
    WEBHOOK_ID_2: 'id-of-server2',
  };
  const server = (more: object) => ({
    baseUrl: 'http://a.lan',
    nodeUrl: 'http://a.lan/node',
    webhookId: 'x',
    ...more,
  });
  const file = (...servers: readonly object[]) => ({ 'reelsync.config.json': JSON.stringify({ servers }) });
  const { MONGODB_URI } = MINIMAL;

  test('in the environment by its number; without one it is for all others', () => {
    const env = { ...MINIMAL, ...SECOND, SYNC_SCHEDULE_SCAN: '30m', SYNC_SCHEDULE_SCAN_2: '0 */2 * * *' };
    const { schedules, servers } = load(env);
    expect(schedules).toMatchObject({
      scan: '30m',
      serverScans: [{ serverId: 'server2', scan: '0 */2 * * *' }],
    });
    expect(servers.map((one) => Object.keys(one))).not.toContain('scan');
  });

  test('in the file, also off', () => {
    const files = file(
      server({ id: 'a', scan: '90s' }),
      server({ id: 'b' }),
      server({ id: 'c', scan: 'off' }),
    );
    expect(load({ MONGODB_URI }, files).schedules.serverScans).toEqual([
      { serverId: 'a', scan: '90s' },
      { serverId: 'c', scan: 'off' },
    ]);
  });

  test('one that is no schedule is refused where it stands', () => {
    const expected =
      'expected off, an interval (90s, 15m, 2h, 1d) or a cron expression with five or six fields';
    expect(problemsOf({ ...MINIMAL, ...SECOND, SYNC_SCHEDULE_SCAN_2: 'hourly' })).toEqual([
      `SYNC_SCHEDULE_SCAN_2: ${expected}`,
    ]);
    const files = file(server({ id: 'a' }), server({ id: 'b', scan: '5' }));
    expect(problemsOf({ MONGODB_URI }, files)).toEqual([
      `reelsync.config.json: servers[1].scan: ${expected}`,
    ]);
  });

  test('one for a number that no server has is told', () => {
    const { warnings } = load({ ...MINIMAL, SYNC_SCHEDULE_SCAN_3: '1h' });
    expect(warnings).toEqual(['SYNC_SCHEDULE_SCAN_3: ignored, because no server has this number']);
    expect(load({ ...MINIMAL, SYNC_SCHEDULE_SCAN: '1h' }).warnings).toEqual([]);
  });
});
