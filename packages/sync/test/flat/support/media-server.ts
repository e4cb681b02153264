import { DEFAULT_SERVER_TIMEOUTS, type MediaServer } from '@reelsync/core';
import type { SampleServer } from '@reelsync/sample-library';

/** A configured server over a sample server. */
export function mediaServer(
  { id, baseUrl, nodeUrl, prefix, webhookId }: SampleServer,
  options: Partial<MediaServer> = {},
): MediaServer {
  return {
    id,
    baseUrl,
    nodeUrl,
    prefix,
    webhookId,
    priority: 1,
    enabled: true,
    concurrency: 8,
    timeouts: DEFAULT_SERVER_TIMEOUTS,
    ...options,
  };
}
