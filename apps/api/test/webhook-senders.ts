import { createHmac } from 'node:crypto';

/** What the tests of webhooks configure beside the servers. */
export const SECRET = 'a-secret-of-the-generic-webhook';
export const OLD_SECRET = 'the-secret-that-it-replaces';
export const RADARR_SECRET = 'radarr-secret';
export const SONARR_SECRET = 'sonarr-secret';

export const WEBHOOKS_FILE = JSON.stringify({
  webhooks: {
    secret: SECRET,
    previousSecret: OLD_SECRET,
    sources: [
      {
        id: 'movies-4k',
        kind: 'radarr',
        secret: RADARR_SECRET,
        server: 'server2',
        roots: ['/media/movies', String.raw`D:\Movies`],
      },
      { id: 'tv', kind: 'sonarr', secret: SONARR_SECRET, username: 'sonarr', roots: ['/media/tv'] },
    ],
  },
});

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export interface SignedParts {
  readonly at: Date;
  readonly secret?: string;
  readonly deliveryId?: string;
}

/** The headers of a signed delivery of these bytes. */
export function signatureHeaders(
  body: string,
  { at, secret = SECRET, deliveryId }: SignedParts,
): Record<string, string> {
  const timestamp = String(at.getTime() / 1000);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    'X-Webhook-Timestamp': timestamp,
    'X-Webhook-Signature': `sha256=${signature}`,
    ...(deliveryId === undefined ? {} : { 'X-Webhook-Delivery': deliveryId }),
  };
}
