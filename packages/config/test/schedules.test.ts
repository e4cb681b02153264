import { load, MINIMAL, problemsOf } from './support';

test('schedules are intervals, cron expressions or off; cron has a time zone', () => {
  expect(load(MINIMAL).schedules).toEqual({
    scan: '15m',
    audit: '30 3 * * *',
    sweep: '5m',
    retention: '15 4 * * *',
    timeZone: 'UTC',
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
