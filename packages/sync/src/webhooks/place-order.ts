import type { WebhookOrder } from '@reelsync/database';
import type { RequestReceipt, SyncRequests, TitlesRequestOptions } from '../requests/sync-requests';
import type { TitleRequests } from './title-requests';

export interface OrderTargets {
  readonly requests: Pick<
    SyncRequests,
    'requestScan' | 'requestMovies' | 'requestShows' | 'requestSeasons' | 'requestEpisodes'
  >;
  readonly titles: TitleRequests;
}

/** Hands one order of a webhook to the sync. Placing it twice is no error: requests merge. */
export function placeOrder(
  order: WebhookOrder,
  { requests, titles }: OrderTargets,
  { requester, signal }: { readonly requester: string; readonly signal: AbortSignal },
): Promise<RequestReceipt> {
  const origin = { trigger: 'webhook', urgency: 'webhook', requester } as const;
  switch (order.kind) {
    case 'scan':
      return requests.requestScan({ ...origin, serverIds: order.serverIds, force: order.force });
    case 'title': {
      const { media, title, serverIds } = order;
      return titles.requestTitle({ media, title, serverIds, requester });
    }
    case 'units': {
      const { force, operations, season } = order;
      const options = { ...origin, force, signal, ...(operations === undefined ? {} : { operations }) };
      return placeUnits(order, requests, season === undefined ? options : { ...options, seasons: [season] });
    }
  }
}

function placeUnits(
  { domain, titles }: Extract<WebhookOrder, { kind: 'units' }>,
  requests: OrderTargets['requests'],
  options: TitlesRequestOptions & { readonly seasons?: readonly number[] },
): Promise<RequestReceipt> {
  switch (domain) {
    case 'movies':
      return requests.requestMovies(titles, options);
    case 'shows':
      return requests.requestShows(titles, options);
    case 'seasons':
      return requests.requestSeasons(titles, options);
    case 'episodes':
      return requests.requestEpisodes(titles, options);
  }
}
