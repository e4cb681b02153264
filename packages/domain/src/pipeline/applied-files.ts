import type { AppliedChange } from '@reelsync/database';
import type { ResolvedPart } from './part-resolver';
import type { UnitPart } from './unit-shape';

/** What a gate remembers of files: their name, after the key of their part if it has one -> version or mark. */
export type Applied = Readonly<Record<string, string>>;

/** Of one part: everything when the unit is one document. */
export function appliedOf({ key }: Pick<UnitPart<unknown>, 'key'>, applied: Applied): Applied {
  if (key === '') return applied;
  const prefix = `${key}/`;
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
    const prefix = part.key === '' ? '' : `${part.key}/`;
    return Object.entries(applied).map(([name, version]) => [`${prefix}${name}`, version] as const);
  });
  return Object.fromEntries([...others, ...entries]);
}

/** Undefined when nothing differs. */
export function changeOfApplied(before: Applied, after: Applied): AppliedChange | undefined {
  const set = Object.fromEntries(Object.entries(after).filter(([name, version]) => before[name] !== version));
  const forgotten = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return Object.keys(set).length + forgotten.length === 0 ? undefined : { set, forgotten };
}

function keyOf(name: string): string {
  return name.slice(0, Math.max(name.indexOf('/'), 0));
}
