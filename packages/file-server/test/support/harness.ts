import fs from 'node:fs';
import path from 'node:path';
import type { MediaServer, ParsedRecord } from '@reelsync/core';
import {
  FileServerAdapter,
  listingItems,
  UrlBuilder,
  type ClientLimits,
  type ListingItem,
  type ListingMembers,
  type ListingResponse,
  type ParseRecord,
  type RequestStat,
} from '@reelsync/file-server';
import { TestServer, type Handler } from './test-server';

export const SECRET = 'sekrit-webhook-id';

export function mediaServer(changes: Partial<MediaServer> = {}): MediaServer {
  return {
    id: 'default',
    baseUrl: 'http://files.test',
    nodeUrl: 'http://files.test/node',
    prefix: '',
    priority: 1,
    enabled: true,
    webhookId: SECRET,
    concurrency: 4,
    timeouts: { listingMs: 2_000, metadataMs: 2_000, blurhashMs: 2_000, availabilityMs: 2_000 },
    ...changes,
  };
}

/** The same deadline for every kind of request. */
export function timeouts(ms: number): MediaServer['timeouts'] {
  return { listingMs: ms, metadataMs: ms, blurhashMs: ms, availabilityMs: ms };
}

export interface Harness {
  readonly http: TestServer;
  readonly adapter: FileServerAdapter;
  readonly stats: RequestStat[];
}

const running: Harness[] = [];

/** An adapter and the server that it talks to; both are closed by `closeAll`. */
export async function start(
  handler: Handler,
  changes: Partial<MediaServer> = {},
  options: { limits?: Partial<ClientLimits>; now?: () => number } = {},
): Promise<Harness> {
  const http = await TestServer.start(handler);
  const stats: RequestStat[] = [];
  const adapter = new FileServerAdapter({
    server: mediaServer({ baseUrl: http.url, nodeUrl: `${http.url}/node`, ...changes }),
    urls: new UrlBuilder(),
    limits: { retryDelayMs: 5, ...options.limits },
    onRequest: (stat) => stats.push(stat),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const harness = { http, adapter, stats };
  running.push(harness);
  return harness;
}

export async function closeAll(): Promise<void> {
  for (const { adapter, http } of running.splice(0)) {
    await adapter.close();
    await http.close();
  }
}

export function fixture(name: string): string {
  return fs.readFileSync(path.join(__dirname, '..', 'fixtures', name), 'utf8');
}

/** Accepts every object, so that tests see what the listing held. */
export function parseAnyObject(raw: unknown): ParsedRecord<unknown> {
  return typeof raw === 'object' && raw !== null
    ? { ok: true, record: raw, problems: [] }
    : { ok: false, problem: 'not an object' };
}

export function changed(response: ListingResponse): Extract<ListingResponse, { status: 'changed' }> {
  if (response.status !== 'changed') throw new Error('the listing was not modified');
  return response;
}

export async function collect(
  { members }: { readonly members: ListingMembers },
  parse: ParseRecord<unknown> = parseAnyObject,
): Promise<ListingItem<unknown>[]> {
  const all: ListingItem<unknown>[] = [];
  for await (const item of listingItems(members, parse)) all.push(item);
  return all;
}

/** What a promise was rejected with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => Promise.reject(new Error('it was expected to be rejected')),
    (error: unknown) => error,
  );
}
