import { z } from 'zod';

/** A `Date` in programs, ISO 8601 in JSON. */
export const dateSchema = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

export const idSchema = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 hexadecimal digits');

export const serverIdSchema = z.string().regex(/^[A-Za-z0-9][\w-]{0,199}$/);

export const countSchema = z.int().nonnegative();

export function listOf<S extends z.ZodType>(schema: S) {
  return z.array(schema).readonly();
}

/** Lists are objects, so that they can grow further members. */
export function itemsOf<S extends z.ZodType>(schema: S) {
  return z.object({ items: listOf(schema) });
}

/** How many of the newest; a text in a query. */
export function limitSchema(fallback: number, max: number) {
  return z.coerce.number<number>().int().min(1).max(max).default(fallback);
}
