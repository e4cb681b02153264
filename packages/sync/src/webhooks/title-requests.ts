import type { RequestReceipt, SyncRequests } from '../requests/sync-requests';

/** A title that has changed on disk, while the listings of its servers may not show it yet. */
export interface TitleRequest {
  readonly media: 'movie' | 'show';
  /** Folder name. */
  readonly title: string;
  readonly serverIds: readonly string[];
  readonly requester: string;
}

/** Syncs a title as soon as a listing shows its change. */
export interface TitleRequests {
  requestTitle(request: TitleRequest): Promise<RequestReceipt>;
}

/** The title is dirty once a scan has seen its change; scans asked for in a burst merge. */
export class ScanForTitle implements TitleRequests {
  constructor(private readonly requests: Pick<SyncRequests, 'requestScan'>) {}

  requestTitle({ serverIds, requester }: TitleRequest): Promise<RequestReceipt> {
    return this.requests.requestScan({ serverIds, trigger: 'webhook', urgency: 'webhook', requester });
  }
}
