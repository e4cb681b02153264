import type { ReelsyncConfig } from '@reelsync/config';
import { enabledIds } from '@reelsync/core';

import { isSecret, secretDigest } from '../http/secret-digest';

/** Whose ids are accepted in X-Webhook-ID, and what a delivery with each of them stands for. */
export class WebhookSenders {
  private readonly known: readonly { readonly digest: Buffer; readonly serverId: string | null }[];
  private readonly enabledServerIds: readonly string[];

  constructor({ servers, webhookIds }: Pick<ReelsyncConfig, 'servers' | 'webhookIds'>) {
    this.known = webhookIds.map(({ id, serverId }) => ({ digest: secretDigest(id.trim()), serverId }));
    this.enabledServerIds = enabledIds(servers);
  }

  /**
   * The servers to scan: those that the id belongs to (OR-3), all of them for a wildcard; undefined for an unknown id.
   * Every known id is compared, in constant time, so that the time taken says nothing about any of them.
   */
  identify(id: string | undefined): readonly string[] | undefined {
    const candidate = (id ?? '').trim();
    const matches = this.known.filter(({ digest }) => isSecret(candidate, digest));
    if (id === undefined || matches.length === 0) return undefined;
    if (matches.some(({ serverId }) => serverId === null)) return this.enabledServerIds;
    return this.enabledServerIds.filter((serverId) => matches.some((match) => match.serverId === serverId));
  }
}
