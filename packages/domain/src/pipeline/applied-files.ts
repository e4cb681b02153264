import { isOverwritten, type FieldValues } from '@reelsync/core';
import type { AppliedChange } from '@reelsync/database';
import { plannedWrite } from './planned-write';
import type { ResolvedPart, UnitPart } from './unit-shape';

/** What a gate remembers of files: their name, after the key of their part if it has one -> version or mark. */
export type Applied = Readonly<Record<string, string>>;

/** Of one part: everything when the unit is one document. */
export function appliedOf({ key }: Pick<UnitPart<unknown>, 'key'>, applied: Applied): Applied {
  if (key === '') return applied;
  const prefix = nameIn({ key }, '');
  return Object.fromEntries(
    Object.entries(applied).flatMap(([name, version]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), version] as const] : [],
    ),
  );
}

/** Of these parts only. */
export function appliedOfAny(parts: readonly Pick<UnitPart<unknown>, 'key'>[], applied: Applied): Applied {
  const keys = new Set(parts.map(({ key }) => key));
  if (keys.has('')) return applied;
  return Object.fromEntries(Object.entries(applied).filter(([name]) => keys.has(keyOf(name))));
}

/**
 * All that a gate is to remember once these parts are written. A document that is not written has nothing new applied. Nor
 * have those that were not decided on, because nobody wanted or lists them now: what is remembered of them stays true of
 * their documents until they return. A season never has more of them than it ever had episodes.
 */
export function collectApplied(
  resolved: readonly ResolvedPart<unknown, unknown>[],
  unwritten: ReadonlySet<string>,
  before: Applied,
): Applied {
  const decided = appliedOfAny(
    resolved.map(({ part }) => part),
    before,
  );
  const others = Object.entries(before).filter(([name]) => !Object.hasOwn(decided, name));
  const entries = resolved.flatMap(({ part, resolution }) => {
    const applied = unwritten.has(part.key) ? appliedOf(part, before) : resolution.applied;
    return Object.entries(applied).map(([name, version]) => [nameIn(part, name), version] as const);
  });
  return Object.fromEntries([...others, ...entries]);
}

/** What stops being true with the write of these documents, before anybody can say what is true instead. */
export function overwrittenBy(
  resolved: readonly ResolvedPart<unknown, FieldValues>[],
  before: Applied,
): readonly string[] {
  return resolved.flatMap((one) => {
    const { part, current, resolution } = one;
    if (current === null) return [];
    const names = Object.entries(resolution.applied).flatMap(([ownName, mark]) => {
      const name = nameIn(part, ownName);
      const was = before[name];
      return was !== undefined && isOverwritten(was, mark) ? [name] : [];
    });
    return names.length > 0 && plannedWrite(one, current).changedFields.length > 0 ? names : [];
  });
}

/** Undefined when nothing differs. */
export function changeOfApplied(before: Applied, after: Applied): AppliedChange | undefined {
  const set = Object.fromEntries(Object.entries(after).filter(([name, version]) => before[name] !== version));
  const forgotten = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return Object.keys(set).length + forgotten.length === 0 ? undefined : { set, forgotten };
}

function nameIn({ key }: Pick<UnitPart<unknown>, 'key'>, name: string): string {
  return key === '' ? name : `${key}/${name}`;
}

function keyOf(name: string): string {
  return name.slice(0, Math.max(name.indexOf('/'), 0));
}
