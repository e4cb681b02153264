/** When a schedule ticks. */
export type ScheduleTiming =
  | { readonly kind: 'off' }
  | { readonly kind: 'every'; readonly everyMs: number }
  /** Five fields, or six with seconds first. */
  | { readonly kind: 'cron'; readonly pattern: string };

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const INTERVAL = /^(\d{1,6})\s*(s|m|h|d)$/;

/** Reads `off`, an interval (`15m`, `90s`, `1d`) or, whatever else it is, a cron expression; judges none of them. */
export function scheduleTiming(text: string): ScheduleTiming {
  const words = text.trim();
  if (words.toLowerCase() === 'off') return { kind: 'off' };
  const [, count, unit] = INTERVAL.exec(words) ?? [];
  if (count === undefined || !isUnit(unit)) return { kind: 'cron', pattern: words.replace(/\s+/g, ' ') };
  return { kind: 'every', everyMs: Number(count) * UNIT_MS[unit] };
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && Object.hasOwn(UNIT_MS, text);
}
