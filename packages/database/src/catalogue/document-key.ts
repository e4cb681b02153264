import type { Filter } from 'mongodb';
import type { CatalogueFields, Fields } from './stored-document';

/** What a collection's documents are found by, and by nothing else (DM-1, RP-1). */
export interface DocumentKey<K> {
  /** In the order of the unique index over them. */
  readonly fields: readonly [string, ...string[]];
  /** The key that a document states; undefined when it lacks one, so that nobody could find it again (DM-2). */
  readonly read: (document: Fields) => K | undefined;
  readonly toFields: (key: K) => Fields;
}

/** For comparing, and for people. */
export function keyText(fields: readonly string[], document: Fields): string {
  return fields.map((field) => String(document[field])).join('/');
}

/**
 * Documents with any of the keys. Keys that differ in the last field only are one condition; the lists beside `$or` are
 * what an index over the fields can be entered with.
 */
export function withAnyKey(
  fields: readonly [string, ...string[]],
  keys: readonly Fields[],
): Filter<CatalogueFields> {
  const prefix = fields.slice(0, -1);
  const last = fields.at(-1) ?? fields[0];
  const groups = new Map<string, Fields[]>();
  for (const key of keys) {
    const text = keyText(prefix, key);
    groups.set(text, [...(groups.get(text) ?? []), key]);
  }
  const conditions = [...groups.values()].map((group) => ({
    ...Object.fromEntries(prefix.map((field) => [field, group[0]?.[field]])),
    [last]: { $in: group.map((key) => key[last]) },
  }));
  const [only, ...others] = conditions;
  if (only !== undefined && others.length === 0) return only;
  const lists = fields.map((field) => [field, { $in: keys.map((key) => key[field]) }] as const);
  return { ...Object.fromEntries(lists), ...(conditions.length === 0 ? {} : { $or: conditions }) };
}
