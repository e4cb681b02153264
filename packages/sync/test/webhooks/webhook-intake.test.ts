import { WebhookIntake, type Dispatch } from '@reelsync/sync';

const event = {
  endpoint: 'sync',
  source: 'default',
  orders: [{ kind: 'scan', serverIds: ['default'], force: false }],
} as const;

test('of a burst eight deliveries go to the queue at once, the others by way of the inbox (decision 0024)', async () => {
  const placing: (() => void)[] = [];
  let placed = 0;
  let deliveries = 0;
  const open = jest.fn((_id: string, _entry: { readonly leasedUntil: Date }) => Promise.resolve(true));
  const nothing = (): Promise<void> => Promise.resolve();
  const intake = new WebhookIntake({
    deliveries: {
      newId: () => String((deliveries += 1)),
      open,
      note: nothing,
      reject: nothing,
      scheduleScan: nothing,
    },
    holds: { hold: () => Promise.resolve(), release: () => Promise.resolve(false) },
    store: { keep: async (_, store) => ({ place: 'database', value: await store() }) },
    dispatcher: {
      dispatch: () =>
        new Promise<Dispatch>((resolve) => {
          placing.push(() => {
            placed += 1;
            resolve({ status: 'placed', receipts: [] });
          });
        }),
    },
    isQueueReady: () => true,
    answerBudgetMs: 0,
    now: () => new Date(),
    onError: () => undefined,
  });
  const burst = () => Promise.all(Array.from({ length: 100 }, () => intake.accept(event)));

  expect(await burst()).toHaveLength(100);
  expect(placing).toHaveLength(8);
  // Without a lease the inbox of any process takes them at once.
  const leased = open.mock.calls.filter(([, { leasedUntil }]) => leasedUntil.getTime() > Date.now());
  expect(leased).toHaveLength(8);

  for (const end of placing.splice(0)) end();
  await intake.close();
  expect(placed).toBe(8);
  await burst();
  expect(placing).toHaveLength(8);
  for (const end of placing) end();
  await intake.close();
});
