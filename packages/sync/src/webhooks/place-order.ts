import type { WebhookOrder } from '@reelsync/database';
import type { RequestReceipt, TitlesRequestOptions } from '../requests/request';
import type { SyncRequests } from '../requests/sync-requests';

export interface OrderTargets {
  readonly requests: Pick<
    SyncRequests,
    | 'requestScan'
    | 'requestMovies'
    | 'requestShows'
    | 'requestSeasons'
    | 'requestEpisodes'
    | 'requestTitleUntilListed'
  >;
}

export interface OrderOrigin {
  /** Who asked, for the run. */
  readonly requester: string;
  readonly receivedAt: Date;
  readonly signal: AbortSignal;
}

/** Hands one order of a webhook to the sync. Placing it twice is no error: requests merge. */
export function placeOrder(
  order: WebhookOrder,
  { requests }: OrderTargets,
  { requester, receivedAt, signal }: OrderOrigin,
): Promise<RequestReceipt> {
  const origin = { trigger: 'webhook', urgency: 'webhook', requester } as const;
  switch (order.kind) {
    case 'scan':
      return requests.requestScan({ ...origin, serverIds: order.serverIds, force: order.force });
    case 'title': {
      const { media, title, serverIds } = order;
      const { trigger } = origin;
      // A scan may have seen the change while the delivery was in the inbox.
      const since = receivedAt;
      return requests.requestTitleUntilListed({ kind: media, title, serverIds, since, trigger, requester });
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
      return requests.requestMovies(each(titles), options);
    case 'shows':
      return requests.requestShows(each(titles), options);
    case 'seasons':
      return requests.requestSeasons(each(titles), options);
    case 'episodes':
      return requests.requestEpisodes(each(titles), options);
  }
}

async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterable<T> {
  for await (const item of items) yield item;
}
