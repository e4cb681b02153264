import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SECRET, signatureHeaders } from '../../../apps/api/test/webhook-senders';
import { RADARR_EVENTS, SONARR_EVENTS } from '../../../packages/sync/test/webhooks/fixtures/arr-events';
import type { Stage } from './stage';

const RADARR_SECRET = 'radarr-secret';
const SONARR_SECRET = 'sonarr-secret';
const SOURCES = [
  { id: 'movies', kind: 'radarr', secret: RADARR_SECRET, roots: ['/media/movies'] },
  { id: 'tv', kind: 'sonarr', secret: SONARR_SECRET, roots: ['/media/tv'] },
];

/** One delivery as some sender makes it. */
export interface Delivery {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Settings of an installation that takes webhooks of every kind. */
export async function webhookSettings({ folder }: Stage): Promise<NodeJS.ProcessEnv> {
  const path = join(folder, 'reelsync.config.json');
  await writeFile(path, JSON.stringify({ webhooks: { secret: SECRET, sources: SOURCES } }));
  return { REELSYNC_CONFIG: path };
}

export const serverDelivery = (webhookId: string): Delivery => ({
  path: '/api/authenticated/admin/sync',
  headers: { 'X-Webhook-ID': webhookId },
  body: '{}',
});

export const statusDelivery = (webhookId: string, status: string): Delivery => ({
  path: '/api/authenticated/admin/system-status-notification',
  headers: { 'X-Webhook-ID': webhookId },
  body: JSON.stringify({ status }),
});

export const radarrDelivery = (event: unknown): Delivery => ({
  path: '/webhooks/radarr/movies',
  headers: { 'X-Webhook-Secret': RADARR_SECRET },
  body: JSON.stringify(event),
});

export const sonarrDelivery = (event: unknown): Delivery => ({
  path: '/webhooks/sonarr/tv',
  headers: { 'X-Webhook-Secret': SONARR_SECRET },
  body: JSON.stringify(event),
});

export function genericDelivery(request: unknown, deliveryId: string, at = new Date()): Delivery {
  const body = JSON.stringify(request);
  return { path: '/webhooks/sync', headers: signatureHeaders(body, { at, deliveryId }), body };
}

/** What must be in no answer, log or store. */
export const SECRETS = new RegExp([SECRET, RADARR_SECRET, SONARR_SECRET].join('|'));

export async function post(apiUrl: string, { path, headers, body }: Delivery): Promise<Answered> {
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, retryAfter: response.headers.get('Retry-After'), answer };
}

/** Returns the delivery's id; it has to be accepted, whatever is going on. */
export async function deliver(apiUrl: string, delivery: Delivery): Promise<string> {
  const { status, answer } = await post(apiUrl, delivery);
  expect([status, answer]).toEqual([202, expect.objectContaining({ deliveryId: expect.any(String) })]);
  return String(answer['deliveryId']);
}

/** One of each kind of sender in turn, and both servers. */
export function deliveryInTurn({ servers: [alpha, beta] }: Stage, turn: number, at = new Date()): Delivery {
  switch (turn % 4) {
    case 0:
      return serverDelivery((turn % 8 === 0 ? alpha : beta).webhookId);
    case 1:
      return radarrDelivery(RADARR_EVENTS.get('Download'));
    case 2:
      return sonarrDelivery(SONARR_EVENTS.get('Download of a file'));
    default:
      return genericDelivery({ movies: ['1923'] }, `turn-${turn}`, at);
  }
}
