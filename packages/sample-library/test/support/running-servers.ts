import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startSampleServer } from '@reelsync/sample-library';
import type { MovieEntry, SampleServer, SampleServerOptions, ShowEntry } from '@reelsync/sample-library';

export const WEBHOOK_ID = 'test-webhook';

const running: SampleServer[] = [];

export async function startServer(options: Omit<SampleServerOptions, 'webhookId'>): Promise<SampleServer> {
  const server = await startSampleServer({ webhookId: WEBHOOK_ID, ...options });
  running.push(server);
  return server;
}

/** For `afterEach`. */
export async function stopServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close()));
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** A connection of its own, so that nothing depends on when an idle one is noticed to be cut. Not `fetch`: with `If-None-Match` it adds `Cache-Control: no-cache`, which defeats 304 (contract §5). */
export async function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const sent = request(url, { method, headers, agent: false }).end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('No response');
  const body = await buffer(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() };
}

export function getListing(
  server: SampleServer,
  kind: 'movies' | 'tv',
  headers: Record<string, string> = {},
): Promise<Answer> {
  return get(`${server.nodeUrl}/media/${kind}`, {
    'X-Webhook-ID': WEBHOOK_ID,
    'Accept-Encoding': 'identity',
    ...headers,
  });
}

/** The movies of a listing, without its `version` member. */
export async function moviesOf(server: SampleServer): Promise<Record<string, MovieEntry>> {
  return withoutVersion<MovieEntry>((await getListing(server, 'movies')).text);
}

export async function movieOf(server: SampleServer, title: string): Promise<MovieEntry> {
  const entry = (await moviesOf(server))[title];
  if (!entry) throw new Error(`${server.id} lists no "${title}"`);
  return entry;
}

/** The shows of a listing, without its `version` member. */
export async function showsOf(server: SampleServer): Promise<Record<string, ShowEntry>> {
  return withoutVersion<ShowEntry>((await getListing(server, 'tv')).text);
}

function withoutVersion<Entry>(text: string): Record<string, Entry> {
  const titles: Record<string, Entry> = JSON.parse(text);
  delete titles['version'];
  return titles;
}

export interface HashMap {
  readonly hash: string;
  readonly titles: Readonly<Record<string, { readonly hash: string; readonly contentHash: string | null }>>;
}

export async function hashMapOf(server: SampleServer, kind: 'movies' | 'tv'): Promise<HashMap> {
  const map: HashMap = JSON.parse((await get(`${server.nodeUrl}/api/metadata-hashes/${kind}`)).text);
  return map;
}

/** A JSON object that is only looked at as a whole. */
export function parsed(text: string): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(text);
  return value;
}
