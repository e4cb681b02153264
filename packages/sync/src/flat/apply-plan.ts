import type { FieldValues, WritePlan } from '@reelsync/core';

/** The document after a write, without reading it again. What was removed is there as undefined, which means absent. */
export function applyPlan<D extends FieldValues>(document: D, { set, unset }: WritePlan): D {
  let result = document;
  for (const path of unset) result = withValue(result, path, undefined);
  for (const [path, value] of Object.entries(set)) result = withValue(result, path, value);
  return result;
}

/** Names with dots are never part of a planned path. */
function withValue<D extends FieldValues>(document: D, path: string, value: unknown): D {
  const [field = path, ...below] = path.split('.');
  return { ...document, [field]: below.length === 0 ? value : nested(document[field], below, value) };
}

function nested(current: unknown, [name = '', ...below]: readonly string[], value: unknown): unknown {
  const members = new Map<string, unknown>(
    typeof current === 'object' && current !== null ? Object.entries(current) : [],
  );
  const next = below.length === 0 ? value : nested(members.get(name), below, value);
  if (next === undefined) members.delete(name);
  else members.set(name, next);
  return Object.fromEntries(members);
}
