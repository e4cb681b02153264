import type { JsonValue } from '../json';

/** Only what is there: null and absent are absent in a document. */
export function present<Values extends Readonly<Record<string, JsonValue | undefined>>>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], null | undefined> } {
  const there: { [Name in keyof Values]?: Exclude<Values[Name], null | undefined> } = {};
  for (const name in values) {
    const value = values[name];
    if (isPresent(value)) there[name] = value;
  }
  return there;
}

function isPresent<Value>(value: Value): value is Exclude<Value, null | undefined> {
  return value != null;
}

const DAY = /^\d{4}(-\d\d){0,2}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** What ISO 8601 text says, in UTC unless it names a zone; null for other text, and for days that no calendar has. */
export function isoDate(text: string): Date | null {
  if (!DAY.test(text) && !MOMENT.test(text)) return null;
  const [day = '', time] = text.split('T');
  const midnight = new Date(day);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return null;
  if (time === undefined) return midnight;
  const moment = new Date(/[Z+-]/.test(time) ? text : `${text}Z`);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** A date that is one; others are absent. */
export function dated<Name extends string>(
  name: Name,
  value: JsonValue | undefined,
): { [Key in Name]?: Date } {
  const dates: { [Key in Name]?: Date } = {};
  const date = typeof value === 'string' ? isoDate(value) : null;
  if (date) dates[name] = date;
  return dates;
}
