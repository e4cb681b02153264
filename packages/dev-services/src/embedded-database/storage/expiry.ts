import { matches } from '../query/match';
import type { Catalog, Log } from './catalog';
import type { IndexSpecification } from './index-specification';
import { someValueAt } from '../query/paths';
import type { BsonDocument } from '../bson/value';

/** Deletes what the TTL indexes let expire; a failed write is logged, because no client waits for it. */
export function expireDocuments(catalog: Catalog, now: number, log: Log): void {
  try {
    for (const collection of catalog.everyCollection()) {
      for (const index of collection.indexSpecifications()) {
        const { expireAfterSeconds } = index;
        if (expireAfterSeconds === null) continue;
        const limit = now - expireAfterSeconds * 1000;
        const expired = [...collection.all()].filter(({ document }) => isExpired(document, index, limit));
        for (const stored of expired) collection.remove(stored);
      }
    }
    catalog.commit(false);
  } catch (error) {
    log('warn', 'expired documents could not be removed', { error: String(error) });
  }
}

/** Any date of an array counts; other values never expire. */
function isExpired(document: BsonDocument, index: IndexSpecification, limit: number): boolean {
  if (index.partial !== null && !matches(index.partial.filter, document)) return false;
  return someValueAt(
    document,
    index.paths[0] ?? [],
    'expand',
    (value) => value instanceof Date && value.getTime() <= limit,
  );
}
