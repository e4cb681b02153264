import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { claimDataFolder } from '../../src/processes/data-folder-claim';
import { identifyProcess } from '../../src/processes/process-identity';
import { isRunning, useTemporaryFolders } from '../support/environment';

const newFolder = useTemporaryFolders();

describe('the claim of a data folder', () => {
  it('goes to exactly one of several starts at the same time', async () => {
    const folder = newFolder();
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => claimDataFolder(folder, 'Test')),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['owner.json']);
  });

  it('can be taken again after its release', async () => {
    const folder = newFolder();
    await (await claimDataFolder(folder, 'Test')).release();
    await expect(claimDataFolder(folder, 'Test')).resolves.toBeDefined();
  });

  it.each([
    ['a process that is gone', JSON.stringify({ owner: { pid: 2 ** 22 + 1, startTime: '1' } })],
    [
      'an earlier process with a pid in use again',
      JSON.stringify({ owner: { pid: process.pid, startTime: '1' } }),
    ],
    ['a damaged file', '{"owner":'],
  ])('is taken over from %s', async (_, text) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'owner.json'), text);
    await claimDataFolder(folder, 'Test');
    expect(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))).toMatchObject({
      owner: { pid: process.pid },
    });
  });

  it('ends a left-over service only when it works in the claimed folder', async () => {
    const folder = newFolder();
    const owner = { pid: 2 ** 22 + 1, startTime: '1' };
    const inside = spawn('sleep', ['60'], { cwd: folder });
    const outside = spawn('sleep', ['60'], { cwd: '/' });
    await Promise.all([once(inside, 'spawn'), once(outside, 'spawn')]);
    try {
      for (const { pid } of [outside, inside]) {
        const service = await identifyProcess(pid!);
        writeFileSync(join(folder, 'owner.json'), JSON.stringify({ owner, service }));
        await (await claimDataFolder(folder, 'Test')).release();
      }
      expect(isRunning(outside.pid!)).toBe(true);
      expect(isRunning(inside.pid!)).toBe(false);
    } finally {
      outside.kill('SIGKILL');
      inside.kill('SIGKILL');
    }
  });
});
