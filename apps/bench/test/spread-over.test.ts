import { spreadOver } from '../src/measure/spread-over';

const items = Array.from({ length: 100 }, (_, index) => index);

test('usable items are spread evenly over the whole list', async () => {
  expect(await spreadOver(items, 4, () => Promise.resolve(true))).toEqual([0, 25, 50, 75]);
  const isUsable = (item: number): Promise<boolean> => Promise.resolve(item % 10 === 9);
  expect(await spreadOver(items, 4, isUsable)).toEqual([9, 29, 59, 79]);
  expect(await spreadOver(items, 100, () => Promise.resolve(true))).toEqual(items);
});

test('looks at no more items than it has to', async () => {
  const seen: number[] = [];
  await spreadOver(items, 3, (item) => {
    seen.push(item);
    return Promise.resolve(item !== 33);
  });
  expect(seen).toEqual([0, 33, 34, 66]);
});

test('a part without a usable item is an error: the others would not be spread evenly', async () => {
  await expect(spreadOver(items, 2, (item) => Promise.resolve(item < 50))).rejects.toThrow(
    'part 2 of 2 of 100 items has no usable one',
  );
  await expect(spreadOver([1], 2, () => Promise.resolve(true))).rejects.toThrow('part 1 of 2');
});
