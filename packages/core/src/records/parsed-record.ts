import type { z } from 'zod';

/** One record of a listing after validation: usable, or with the reason why it was left out. */
export type ParsedRecord<T> =
  | { readonly ok: true; readonly record: T }
  | { readonly ok: false; readonly problem: string };

/** Runs a listing schema over one raw member and normalises it; problems name the path inside the record. */
export function parseRecord<S extends z.ZodType, T>(
  schema: S,
  raw: unknown,
  normalize: (entry: z.output<S>) => T,
): ParsedRecord<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, record: normalize(parsed.data) };
  const problem = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(record)'}: ${issue.message}`)
    .join('; ');
  return { ok: false, problem };
}
