import { toListingItem, type ListingItem, type ParseRecord } from './listing-items';
import type { ListingMembers } from './member-stream';

/** The titles of a listing, in the order of the document; can be read once, and holds a connection until then. */
export interface ListingItems<T> extends AsyncIterableIterator<ListingItem<T>> {
  /** Stops reading and frees the connection; `for await` calls it when it is left early. */
  return(): Promise<IteratorResult<ListingItem<T>>>;
}

/**
 * Parses the members of a listing. A title that occurs twice is passed on twice: the server builds the document from an
 * object, and with consumers that key by title the last one wins, as it does for JSON.parse. Remembering every title
 * here only to tell would make memory grow.
 */
export class ListingStream<T> implements ListingItems<T> {
  constructor(
    private readonly members: ListingMembers,
    private readonly parse: ParseRecord<T>,
  ) {}

  async next(): Promise<IteratorResult<ListingItem<T>>> {
    for (;;) {
      const member = await this.members.next();
      if (member.done === true) return { done: true, value: undefined };
      const item = toListingItem(member.value, this.parse);
      if (item !== undefined) return { done: false, value: item };
    }
  }

  async return(): Promise<IteratorResult<ListingItem<T>>> {
    await this.members.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
