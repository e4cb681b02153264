import { z } from 'zod';

/**
 * Operator-editable JSON with arbitrary further keys (contract §4). Only its shape as an object matters, and that it is
 * not an error document that a server sent with status 200 (ST-3, B-19).
 */
const metadataSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => !Object.hasOwn(value, 'error'), 'is an error document');

export function parseMetadata(
  content: unknown,
):
  | { readonly ok: true; readonly metadata: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string } {
  const parsed = metadataSchema.safeParse(content);
  if (!parsed.success) return { ok: false, problem: parsed.error.issues[0]?.message ?? 'not an object' };
  if (Object.keys(parsed.data).length === 0) return { ok: false, problem: 'is empty' };
  return { ok: true, metadata: parsed.data };
}

/** Whoever reads files has validated them; this is the last line before the catalogue. */
export function requireMetadata(content: unknown): Readonly<Record<string, unknown>> {
  const parsed = parseMetadata(content);
  if (!parsed.ok) throw new TypeError(`metadata ${parsed.problem}`);
  return parsed.metadata;
}

/** A member that is text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Whole numbers that operators write as text. */
export function toInteger(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : undefined;
}

/** Only what cannot mean anything else: the platform would also read a date out of `TBA 5`. */
const isoDate = z
  .union([
    z.iso.date(),
    z.string().regex(/^\d{4}(?:-(?:0[1-9]|1[0-2]))?$/),
    z.iso.datetime({ offset: true }),
    // Without a zone it is UTC, like all times of servers; the platform would take it for local time.
    z.iso.datetime({ local: true }).transform((text) => `${text}Z`),
  ])
  .transform((text) => new Date(text));

/** A date as servers send it, ISO 8601 or a leading part of it, or as admins may store it; undefined when it is none. */
export function toDate(value: unknown): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  return typeof value === 'string' ? isoDate.safeParse(value).data : undefined;
}
