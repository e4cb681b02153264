import { once } from 'node:events';

import type { AuditEntry } from '@reelsync/database';
import express from 'express';
import { pino } from 'pino';

import { waitFor } from '../../../tests/support';
import { recordBoardActions } from '../src/admin/record-board-actions';
import { HttpListener } from '../src/http-listener';
import { RequestLog } from '../src/http/request-log';

const NOW = new Date('2026-01-01T00:00:00Z');

let recorded: AuditEntry[];
let isUnderWay: boolean;
let listener: HttpListener;
beforeEach(async () => {
  recorded = [];
  isUnderWay = false;
  const audit = {
    record: (entry: AuditEntry) => {
      recorded.push(entry);
      return Promise.resolve();
    },
  };
  const log = new RequestLog(pino({ level: 'silent' }));
  const app = express();
  app.use(recordBoardActions({ audit, adminUser: 'admin', log, now: () => NOW }));
  app.put('/limit', express.json(), (_request, response) => {
    response.json({});
  });
  // Answers nobody: the page has gone by then.
  app.put('/slow', async (request, response) => {
    isUnderWay = true;
    await once(request.socket, 'close');
    response.json({});
  });
  listener = await HttpListener.listen(app, { host: '127.0.0.1', port: 0 });
});
afterEach(() => listener.close());

const actor = { kind: 'session', name: 'admin' };

test('what is changed in Bull Board is recorded, with what was sent', async () => {
  await fetch(`${listener.url}/limit`);
  await fetch(`${listener.url}/limit`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ concurrency: 3 }),
  });
  await waitFor(() => recorded.length > 0);
  expect(recorded).toEqual([
    {
      at: NOW,
      actor,
      action: 'board',
      details: { request: 'PUT /limit', body: '{"concurrency":3}', status: 200 },
    },
  ]);
});

test('also when the page goes away before the answer: the change happens all the same', async () => {
  const leaving = new AbortController();
  const asking = fetch(`${listener.url}/slow`, { method: 'PUT', signal: leaving.signal }).then(
    () => 'answered',
    () => 'gone',
  );
  await waitFor(() => isUnderWay);
  leaving.abort();
  expect(await asking).toBe('gone');
  await waitFor(() => recorded.length > 0);
  expect(recorded).toEqual([{ at: NOW, actor, action: 'board', details: { request: 'PUT /slow' } }]);
});
