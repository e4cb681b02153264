/**
 * Equality as the catalogue sees it: Dates by time, arrays by order, objects by members whatever their order; a member
 * that is undefined counts as absent. Other class instances (ObjectId) compare through their `equals` method.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => deepEqual(item, b[i]))
    );
  }
  if (hasEquals(a)) return a.equals(b);
  return membersEqual(a, b);
}

function membersEqual(a: object, b: object): boolean {
  const left = definedMembers(a);
  const right = definedMembers(b);
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key) || !deepEqual(value, right.get(key))) return false;
  }
  return true;
}

function definedMembers(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, member]) => member !== undefined));
}

function hasEquals(value: object): value is { equals(other: unknown): boolean } {
  return (
    Object.getPrototypeOf(value) !== Object.prototype &&
    'equals' in value &&
    typeof value.equals === 'function'
  );
}
