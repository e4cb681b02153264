import type { Document } from 'mongodb';

/** One index as data. Two specs may share a key only if their partial filters differ. */
export interface IndexSpec {
  readonly collection: string;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
  readonly sparse?: true;
  readonly partial?: Document;
  readonly expireAfterSeconds?: number;
}

type IndexOptions = Omit<IndexSpec, 'collection' | 'name' | 'key'>;

/** Names default to MongoDB's own, so that indexes made by hand or by the website are the same ones. */
export function index(
  collection: string,
  key: IndexSpec['key'],
  { name = defaultName(key), ...options }: IndexOptions & { readonly name?: string } = {},
): IndexSpec {
  return { collection, name, key, ...options };
}

function defaultName(key: IndexSpec['key']): string {
  return Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_');
}
