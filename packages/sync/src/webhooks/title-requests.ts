import type { RequestReceipt, SyncRequests } from '../requests/sync-requests';

/** A title that has changed on disk, while the listings of its servers may not show it yet. */
export interface TitleRequest {
  readonly kind: 'movie' | 'show';
  /** Folder name. */
  readonly title: string;
  readonly serverIds: readonly string[];
  /** When the change was told: what a listing has shown since then counts. */
  readonly since: Date;
  readonly trigger: 'webhook';
  readonly requester: string;
}

/** Syncs a title as soon as a listing shows its change. */
export interface TitleRequests {
  requestTitleUntilListed(request: TitleRequest): Promise<RequestReceipt>;
}

/** The title is dirty once a scan has seen its change; scans asked for in a burst merge. */
export class ScanForTitle implements TitleRequests {
  constructor(private readonly requests: Pick<SyncRequests, 'requestScan'>) {}

  requestTitleUntilListed({ serverIds, trigger, requester }: TitleRequest): Promise<RequestReceipt> {
    return this.requests.requestScan({ serverIds, trigger, urgency: 'webhook', requester });
  }
}
