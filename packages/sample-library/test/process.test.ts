import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buildLibraries, ControlClient } from '@reelsync/sample-library';
import { movieEntry } from '../src/contract/movie-entry';
import { get, parsed, WEBHOOK_ID } from './support/running-servers';

const MAIN = join(__dirname, '..', 'dist', 'main.js');
const TITLE = 'The Matrix Reloaded (2003)';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
const children: Child[] = [];

interface Ready {
  readonly baseUrl: string;
  readonly nodeUrl: string;
  readonly prefix: string;
  readonly controlUrl: string;
  readonly pid: number;
}

async function start(...args: string[]): Promise<{ child: Child; ready: Ready }> {
  const fixed = ['--library', 'beta', '--titles', '60', '--webhook-id', WEBHOOK_ID];
  const child = spawn(process.execPath, [MAIN, ...fixed, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ready: JSON.parse(String(line)) };
}

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('Build the package first: npx tsc --build packages/sample-library');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('the process', () => {
  test('says where it is in one line, and exits 0 on SIGTERM', async () => {
    const { child, ready } = await start();
    expect(ready).toMatchObject({ prefix: '/media', nodeUrl: `${ready.baseUrl}/node`, pid: child.pid });
    expect((await get(`${ready.nodeUrl}/api/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('leaves when its parent does', async () => {
    const { child } = await start('--exit-with-parent');
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('refuses options it does not know', async () => {
    const child = spawn(process.execPath, [MAIN, '--library', 'gamma'], { stdio: ['pipe', 'pipe', 'pipe'] });
    children.push(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});

describe('control over HTTP', () => {
  test('mutations reach the server and the mirror, to the same token', async () => {
    const { ready } = await start();
    const { beta: mirror } = buildLibraries({ titles: 60 });
    const client = new ControlClient({ controlUrl: ready.controlUrl, webhookId: WEBHOOK_ID, mirror });
    await client.library.replacePoster(TITLE);
    await client.library.editMetadata(TITLE, { title: 'Other' });
    await client.library.setFocal(TITLE, null);
    await expect(client.library.removeMovie('Nope')).rejects.toThrow('beta has no movie "Nope"');
    expect(mirror.revision).toBe(3);
    const local = movieEntry(TITLE, mirror.movies.get(TITLE)!, ready);
    const remote = parsed((await get(`${ready.nodeUrl}/media/movies`, { 'X-Webhook-ID': WEBHOOK_ID })).text)[
      TITLE
    ];
    expect(remote).toEqual(local);
  });

  test('faults, statistics, down and up', async () => {
    const { ready } = await start();
    const client = new ControlClient({ controlUrl: ready.controlUrl, webhookId: WEBHOOK_ID });
    const health = () => get(`${ready.nodeUrl}/api/health`);
    const id = await client.faults.add({ match: 'api', status: 503 });
    expect((await health()).status).toBe(503);
    await client.faults.remove(id);
    await client.faults.setLatency(5);
    expect((await health()).status).toBe(200);
    await client.faults.clear();
    expect((await client.stats()).classes.api.byStatus).toEqual({ 200: 1, 503: 1 });
    await client.resetStats();
    expect((await client.stats()).requests).toBe(0);
    await client.down();
    await expect(health()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await client.up();
    expect((await health()).status).toBe(200);
  });

  test('the webhook is sent from the server', async () => {
    const { ready } = await start();
    const frontend = createServer((request, response) =>
      response.writeHead(request.url === '/api/authenticated/admin/sync' ? 202 : 404).end(),
    );
    frontend.listen(0, '127.0.0.1');
    await once(frontend, 'listening');
    const address = frontend.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const client = new ControlClient({ controlUrl: ready.controlUrl, webhookId: WEBHOOK_ID });
    expect(await client.sendSyncWebhook(`http://127.0.0.1:${port}`)).toBe(202);
    frontend.close();
    frontend.closeAllConnections();
  });

  test('is guarded by the webhook id, refuses nonsense, and is there on the main port too', async () => {
    const { ready } = await start();
    const stranger = new ControlClient({ controlUrl: ready.controlUrl, webhookId: 'wrong' });
    await expect(stranger.stats()).rejects.toThrow('401');
    const headers = { 'X-Webhook-ID': WEBHOOK_ID };
    for (const body of [
      '{}',
      'nonsense',
      '{"action":"mutate","mutation":{"type":"touch","title":"x"}}',
      '{"action":"addFault","rule":{}}',
    ]) {
      expect((await fetch(`${ready.baseUrl}/__control`, { method: 'POST', headers, body })).status).toBe(400);
    }
    const client = new ControlClient({ controlUrl: ready.baseUrl, webhookId: WEBHOOK_ID });
    expect((await client.stats()).requests).toBe(0);
  });
});
