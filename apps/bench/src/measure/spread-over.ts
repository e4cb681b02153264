/** So many usable items, spread evenly over the list: the first usable one from the start of each of so many equal parts. */
export async function spreadOver<T>(
  items: readonly T[],
  count: number,
  isUsable: (item: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const chosen: T[] = [];
  for (let part = 0; part < count; part += 1) {
    const found = await firstUsable(items.slice(startOf(part), startOf(part + 1)), isUsable);
    if (found === undefined)
      throw new RangeError(`part ${part + 1} of ${count} of ${items.length} items has no usable one`);
    chosen.push(found);
  }
  return chosen;

  function startOf(part: number): number {
    return Math.floor((part * items.length) / count);
  }
}

async function firstUsable<T>(
  items: readonly T[],
  isUsable: (item: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const item of items) if (await isUsable(item)) return item;
  return undefined;
}
