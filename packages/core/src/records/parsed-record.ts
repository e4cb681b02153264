import type { z } from 'zod';

/**
 * One record of a listing after validation: usable, with what had to be left out of it, or with the reason why it was
 * left out itself.
 */
export type ParsedRecord<T> =
  | { readonly ok: true; readonly record: T; readonly problems: readonly string[] }
  | { readonly ok: false; readonly problem: string };

type Path = readonly PropertyKey[];

export interface RecordRules<S extends z.ZodType, T> {
  readonly schema: S;
  /**
   * Whether the member at this path may be left out by itself when it is bad: a fact about a file, such as its length.
   * Never a path to one: taken for "not provided" it would hand the title over to another server (AV-3).
   */
  readonly isDetail: (path: Path) => boolean;
  readonly normalize: (entry: z.output<S>, problems: string[]) => T;
}

const MAX_ISSUES = 3;

/** Runs a listing schema over one raw member and normalises it; problems name the path inside the record. */
export function parseRecord<S extends z.ZodType, T>(
  { schema, isDetail, normalize }: RecordRules<S, T>,
  raw: unknown,
): ParsedRecord<T> {
  const whole = schema.safeParse(raw);
  if (whole.success) return usable(whole.data, [], normalize);
  const { issues } = whole.error;
  const problem = issues.slice(0, MAX_ISSUES).map(describe).join('; ');
  if (!issues.every(({ path }) => isDetail(path))) return { ok: false, problem };
  const rest = schema.safeParse(issues.reduce((record, { path }) => without(record, path), raw));
  return rest.success ? usable(rest.data, [`left out: ${problem}`], normalize) : { ok: false, problem };
}

function usable<E, T>(
  entry: E,
  problems: string[],
  normalize: (entry: E, problems: string[]) => T,
): ParsedRecord<T> {
  return { ok: true, record: normalize(entry, problems), problems };
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || '(record)'}: ${message}`;
}

/** A copy without the member at the path. */
function without(value: unknown, [name, ...rest]: Path): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
      if (key !== name) return [[key, member]];
      return rest.length === 0 ? [] : [[key, without(member, rest)]];
    }),
  );
}
