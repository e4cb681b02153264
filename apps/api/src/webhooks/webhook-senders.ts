import { createHash, timingSafeEqual } from 'node:crypto';

import type { ReelsyncConfig } from '@reelsync/config';

/** Whose ids are accepted in X-Webhook-ID, and what a delivery with each of them stands for. */
export class WebhookSenders {
  private readonly known: readonly { readonly digest: Buffer; readonly serverId: string | null }[];
  private readonly enabledServerIds: readonly string[];

  constructor({ servers, webhookIds }: Pick<ReelsyncConfig, 'servers' | 'webhookIds'>) {
    this.known = webhookIds.map(({ id, serverId }) => ({ digest: digestOf(id), serverId }));
    this.enabledServerIds = servers.filter(({ enabled }) => enabled).map(({ id }) => id);
  }

  /**
   * The servers to scan: those that the id belongs to (OR-3), all of them for a wildcard; undefined for an unknown id.
   * Every known id is compared, in constant time, so that the time taken says nothing about any of them.
   */
  identify(id: string | undefined): readonly string[] | undefined {
    const digest = digestOf(id ?? '');
    const matches = this.known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    if (id === undefined || matches.length === 0) return undefined;
    if (matches.some(({ serverId }) => serverId === null)) return this.enabledServerIds;
    return this.enabledServerIds.filter((serverId) => matches.some((match) => match.serverId === serverId));
  }
}

/** Equal lengths for timingSafeEqual, whatever is sent. */
function digestOf(id: string): Buffer {
  return createHash('sha256').update(id.trim()).digest();
}
