import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import type { BulkState } from '@reelsync/admin';
import { INVENTORY, namedTitles, titlesOfFile } from '../src/commands/title-source';
import { createBulkProgress } from '../src/output/bulk-progress';

function stateAt(position: number, total?: number): BulkState {
  return {
    id: '0'.repeat(24),
    domain: 'movies',
    source: 'titles',
    status: 'open',
    position,
    planned: position - 1,
    skipped: 1,
    unknown: 0,
    unknownTitles: [],
    backlog: 7,
    exhausted: false,
    ...(total === undefined ? {} : { total }),
  };
}

/** What is written to a terminal, or to a file. */
function screen(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

/** The line that a file gets for this state. */
function lineAt(state: BulkState, extentAt: typeof INVENTORY.extentAt, isWaiting = false): string {
  const { stream, text } = screen(false);
  let now = 0;
  const progress = createBulkProgress(stream, () => now);
  now = 5000;
  progress.update(state, extentAt(state), isWaiting);
  progress.stop();
  return text();
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelsync-bulk-progress-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the inventory and named titles have a number of titles', () => {
  expect(lineAt(stateAt(500, 3000), INVENTORY.extentAt)).toBe(
    'enqueueing: 500 of 3000 titles read, 499 enqueued, 1 there already\n',
  );
  expect(lineAt(stateAt(1), namedTitles(['a', 'b']).extentAt, true)).toBe(
    'enqueueing: 1 of 2 titles read, 0 enqueued, 1 there already; waiting, 7 jobs are on the queue\n',
  );
});

test('a file has a size, and names byte for byte', async () => {
  const file = join(folder, 'titles.txt');
  await writeFile(file, ' Ünder \r\n\nB\n');
  const { titles, extentAt } = await titlesOfFile(file);
  const read: string[] = [];
  for await (const title of titles ?? []) read.push(title);
  expect(read).toEqual([' Ünder ', 'B']);
  expect(extentAt(stateAt(2))).toEqual({ unit: 'bytes', read: 13, total: 13 });
  expect(lineAt(stateAt(2), extentAt)).toContain('2 titles read (100 % of the file)');
});

test('what cannot be read is said, and does not pass for the end of the titles', async () => {
  const unreadable = { code: 'ARGUMENTS_INVALID', message: expect.stringContaining('cannot be read') };
  await expect(titlesOfFile(join(folder, 'nowhere'))).rejects.toMatchObject(unreadable);
  // A folder can be opened, but not read.
  const { titles } = await titlesOfFile(folder);
  const read = async () => {
    for await (const title of titles ?? []) throw new Error(`read '${title}'`);
  };
  await expect(read()).rejects.toMatchObject(unreadable);
});

test('nobody knows where standard input ends', async () => {
  const { extentAt } = await titlesOfFile('-');
  expect(lineAt(stateAt(9), extentAt)).toContain('enqueueing: 9 of ? titles read');
});

test('on a terminal it is a bar where there is a total, and text where there is none', () => {
  const bar = screen(true);
  const progress = createBulkProgress(bar.stream);
  progress.update(stateAt(750, 3000), INVENTORY.extentAt(stateAt(750, 3000)), false);
  progress.stop();
  expect(bar.text()).toContain('25 %  750 of 3000 titles read');
  const text = screen(true);
  const endless = createBulkProgress(text.stream);
  endless.update(stateAt(750), undefined, false);
  endless.stop();
  expect(text.text()).toContain('750 of ? titles read');
  expect(text.text()).not.toContain('%');
});
