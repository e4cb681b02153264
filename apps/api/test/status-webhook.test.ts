import { waitFor } from '../../../tests/support';
import { IDS, json, startTestApp, type TestApp } from './support';

const PATH = '/api/authenticated/admin/system-status-notification';
const TEN_MINUTES_MS = 10 * 60_000;

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

/** As a file server sends it (contract §7.2). */
function notification(status: string, serverUrl = 'http://one.lan') {
  return {
    status,
    message: `System is under ${status} load`,
    incident: null,
    serverUrl,
    timestamp: '2026-01-02T03:04:05.000Z',
    metrics: {
      cpu: { usage: '97.5', cores: 8 },
      memory: { usage: '91.0', total: '16.00 GB', free: '1.00 GB', used: '15.00 GB' },
      disk: { usage: '80.0', total: '1.0 TB', free: '0.2 TB', io: null, drives: [] },
    },
  };
}

function notify(
  status: string,
  { id = IDS.default, serverUrl = 'http://one.lan' }: { id?: string; serverUrl?: string } = {},
) {
  return fetch(app.url + PATH, {
    method: 'POST',
    headers: { 'X-Webhook-ID': id, 'Content-Type': 'application/json' },
    body: JSON.stringify(notification(status, serverUrl)),
  });
}

const isHeld = async (serverId = 'default') => (await app.holds.find(serverId, app.now)) !== null;
const later = (ms: number) => {
  app.now = new Date(app.now.getTime() + ms);
};

async function replayed(): Promise<readonly (readonly string[])[]> {
  app.inbox.replay.nudge();
  await waitFor(async () => (await app.deliveries.countPending()) === 0, {
    message: 'the inbox to be empty',
  });
  return app.scans.map(({ serverIds }) => serverIds);
}

describe('contract §7.2: a server tells its load', () => {
  test('critical holds back its scans, and no others', async () => {
    const response = await notify('critical');
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({
      success: true,
      message: 'Scans of this server are held back',
      receivedAt: '2026-01-02T03:04:05.000Z',
      serverId: 'default',
    });
    expect([await isHeld('default'), await isHeld('server2')]).toEqual([true, false]);
  });

  test.each(['normal', 'elevated', 'heavy'])(
    '%s: it has recovered, and the scan that it missed is made',
    async (status) => {
      await notify('critical');
      later(60_000);
      expect((await notify(status)).status).toBe(200);
      expect(await isHeld()).toBe(false);
      expect(await replayed()).toEqual([['default']]);
    },
  );

  test('10 minutes without a word: it is scanned again', async () => {
    await notify('critical');
    app.inbox.replay.nudge();
    later(TEN_MINUTES_MS - 1);
    expect(await isHeld()).toBe(true);
    expect(app.scans).toEqual([]);
    later(1);
    expect(await isHeld()).toBe(false);
    expect(await replayed()).toEqual([['default']]);
  });

  test('each critical starts the 10 minutes anew, with one scan at their end', async () => {
    await notify('critical');
    later(TEN_MINUTES_MS / 2);
    await notify('critical');
    later(TEN_MINUTES_MS - 1);
    expect(await isHeld()).toBe(true);
    later(1);
    expect(await replayed()).toEqual([['default']]);
  });

  test('normal of a server that was not held back changes nothing', async () => {
    expect(await json(await notify('normal'))).toMatchObject({ message: 'Nothing was held back' });
    expect(await replayed()).toEqual([]);
  });

  test.each([
    ['http://two.lan/', 'server2'],
    ['http://three.lan', null],
    ['not a URL', null],
  ])('an id of several servers: the URL %s decides for %s', async (serverUrl, serverId) => {
    const response = await notify('critical', { id: IDS.wildcard, serverUrl });
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({ serverId });
    expect(await isHeld('server2')).toBe(serverId === 'server2');
    expect(await isHeld('default')).toBe(false);
  });

  test('who is not known is refused', async () => {
    expect((await notify('critical', { id: 'wrong' })).status).toBe(401);
    expect(await isHeld()).toBe(false);
  });

  test('what it told is in the delivery log', async () => {
    await notify('critical');
    const log = await app.deliveries.list({ limit: 5 });
    expect(log).toContainEqual(
      expect.objectContaining({
        endpoint: 'status',
        source: 'default',
        event: 'critical',
        outcome: 'accepted',
        code: 'SERVER_HELD',
      }),
    );
  });
});
