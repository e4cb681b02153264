import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeSpool } from '../src/scan/change-spool';

const systemFolder = process.env['TMPDIR'];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelsync-test-'));
  process.env['TMPDIR'] = folder;
});
afterAll(async () => {
  if (systemFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = systemFolder;
  await rm(folder, { recursive: true });
});

async function read<T>(spool: ChangeSpool<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const chunk of spool.chunks()) all.push(...chunk);
  return all;
}

test.each([0, 1, 2000, 2001, 7300])(
  '%d changes come back in order, and no file stays behind',
  async (count) => {
    const changes = Array.from({ length: count }, (_, number) => ({
      title: `${number} "\n\u2028 千 __proto__`,
      number,
    }));
    const spool = new ChangeSpool<(typeof changes)[number]>();
    for (let start = 0; start < count; start += 500) await spool.add(changes.slice(start, start + 500));
    expect(spool.count).toBe(count);
    expect(await read(spool)).toEqual(changes);
    await spool.dispose();
    expect(await readdir(folder)).toEqual([]);
  },
);
