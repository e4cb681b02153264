import { isUtf8 } from 'node:buffer';
import type { ParsedRecord } from '@reelsync/core';
import { reasonOf } from '../http/request-error';
import type { ListingMember } from './member-cutter';

/** A member whose name has been decoded, once for all who ask. Undefined: it is no JSON string. */
export interface TitledMember extends ListingMember {
  readonly title: string | undefined;
}

/** One title of a listing: its record, or why it was left out. */
export type ListingItem<T> = ParsedRecord<T> & { readonly title: string };

export type ParseRecord<T> = (raw: unknown) => ParsedRecord<T>;

type Decoded =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/**
 * Turns a member into an item; undefined for the `version` number, which shares the namespace of the titles (contract
 * §3.1). Every other name is an ordinary title, `version` with a record and `__proto__` included.
 */
export function toListingItem<T>(member: TitledMember, parse: ParseRecord<T>): ListingItem<T> | undefined {
  const { name, value, title } = member;
  if (title === undefined) {
    return {
      title: name.subarray(1, -1).toString(),
      ok: false,
      problem: 'the title is not a valid JSON string',
    };
  }
  if (isVersion(member)) return undefined;
  if (value === undefined) return { title, ok: false, problem: 'the record is larger than the limit' };
  const raw = decodeJson(value);
  if (!raw.ok) return { title, ok: false, problem: raw.problem };
  return { title, ...parse(raw.value) };
}

/**
 * The titles of a listing, in the order of the document. A title that occurs twice is passed on twice: remembering every
 * title here only to tell would make memory grow.
 */
export async function* listingItems<T>(
  members: AsyncIterable<ListingMember>,
  parse: ParseRecord<T>,
): AsyncGenerator<ListingItem<T>> {
  for await (const member of members) {
    const item = toListingItem(withTitle(member), parse);
    if (item !== undefined) yield item;
  }
}

export function withTitle({ name, value }: ListingMember): TitledMember {
  const decoded = decodeJson(name);
  const title = decoded.ok && typeof decoded.value === 'string' ? decoded.value : undefined;
  return { name, value, title };
}

/** Bytes; a longer value is a record. */
const MAX_NUMBER_BYTES = 32;

/** The number of the document's format; a folder called `version` has a record instead. */
export function isVersion({ title, value }: TitledMember): boolean {
  if (title !== 'version' || value === undefined || value.length > MAX_NUMBER_BYTES) return false;
  const decoded = decodeJson(value);
  return decoded.ok && typeof decoded.value === 'number';
}

export function decodeJson(bytes: Buffer): Decoded {
  // Decoding would put U+FFFD in the place of broken bytes, and a title or a path with it would be a different one.
  if (!isUtf8(bytes)) return { ok: false, problem: 'the record is not valid UTF-8' };
  try {
    return { ok: true, value: JSON.parse(bytes.toString()) };
  } catch (error) {
    return { ok: false, problem: `the record is not valid JSON: ${reasonOf(error)}` };
  }
}
