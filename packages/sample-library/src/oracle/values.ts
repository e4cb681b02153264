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

/** A date that is one; others are absent. */
export function dated<Name extends string>(
  name: Name,
  value: JsonValue | undefined,
): { [Key in Name]?: Date } {
  const dates: { [Key in Name]?: Date } = {};
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) dates[name] = new Date(value);
  return dates;
}
