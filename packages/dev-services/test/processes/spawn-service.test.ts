import { spawnService, type SpawnedService } from '@reelsync/dev-services';

import { waitFor } from '../../../../tests/support';
import { BUILT_PACKAGE, isRunning } from '../support/environment';

const services: SpawnedService<unknown>[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) {
    service.kill('SIGKILL');
    await service.exited;
  }
});

const STAY = 'setInterval(() => {}, 1000);';

async function run(source: string, options: { stopTimeoutMs?: number; readyTimeoutMs?: number } = {}) {
  const service = await spawnService({
    name: 'the program',
    command: process.execPath,
    args: ['-e', source],
    ready: (line) => (line.startsWith('ready') ? line : undefined),
    ...options,
  });
  services.push(service);
  return service;
}

describe('spawnService', () => {
  it('yields the value of the ready line, and the exit code at the stop', async () => {
    const service = await run(
      `process.on('SIGTERM', () => process.exit(7)); console.log('ready 1'); ${STAY}`,
    );
    expect(service.value).toBe('ready 1');
    expect(await service.stop()).toBe(7);
    expect(await service.stop()).toBe(7);
    expect(await service.exited).toEqual({ code: 7, signal: null });
    expect(service.kill()).toBe(false);
  });

  it('quotes the last output of a program that ends before it is ready', async () => {
    await expect(run(`console.error('no such table'); process.exit(3)`)).rejects.toMatchObject({
      code: 'SERVICE_EXITED',
      message: expect.stringMatching(/ended before it was ready \(exit code 3\).*no such table/s),
    });
  });

  it('reports a program that does not exist', async () => {
    const attempt = spawnService({ name: 'nothing', command: '/does/not/exist', ready: () => true });
    await expect(attempt).rejects.toMatchObject({ code: 'SERVICE_NOT_STARTED' });
  });

  it('ends a program that is not ready in time', async () => {
    const attempt = run(`console.log(process.pid); ${STAY}`, { readyTimeoutMs: 400 });
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SERVICE_NOT_READY' });
    const pid = Number(/Last output:\n(\d+)/.exec(String(error))?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(isRunning(pid)).toBe(false);
  });

  it('kills a program that ignores SIGTERM, after the deadline', async () => {
    const service = await run(`process.on('SIGTERM', () => {}); console.log('ready'); ${STAY}`, {
      stopTimeoutMs: 100,
    });
    expect(await service.stop()).toBeNull();
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('polls a probe until it yields a value', async () => {
    let calls = 0;
    const service = await spawnService({
      name: 'the program',
      command: process.execPath,
      args: ['-e', STAY],
      probe: () => Promise.resolve((calls += 1) > 2 ? 'up' : undefined),
    });
    services.push(service);
    expect(service.value).toBe('up');
  });

  it('ends, with the guard, a program that ignores the loss of its parent', async () => {
    const service = await run(`
      const { spawnService } = require(${JSON.stringify(BUILT_PACKAGE)});
      spawnService({
        name: 'the grandchild', command: process.execPath, endsWithParent: true,
        args: ['-e', 'console.log("up"); setInterval(() => {}, 1000)'],
        ready: (line) => line === 'up' || undefined,
      }).then(({ pid }) => console.log('ready', pid));
    `);
    const grandchild = Number(service.value.split(' ')[1]);
    expect(isRunning(grandchild)).toBe(true);
    service.kill('SIGKILL');
    await waitFor(() => !isRunning(grandchild), { message: 'the end of the grandchild' });
  });
});
