/** Objects keyed by names (files, titles, labels) are reduced to the shape of their values: only that is contract. */
const KEYED_BY_NAME = new Set([
  'length',
  'dimensions',
  'lengths',
  'subtitles',
  'titles',
  'seasons',
  'episodes',
]);

/** The shape of a JSON value: member names and the kinds of their values. */
export function shapeOf(value: unknown, name = ''): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object') return typeof value;
  const members: [string, unknown][] = Object.entries(value);
  if (KEYED_BY_NAME.has(name)) return { '*': members[0] ? shapeOf(members[0][1]) : 'nothing' };
  return Object.fromEntries(members.map(([key, member]) => [key, shapeOf(member, key)]));
}
