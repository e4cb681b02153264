import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { BatchLoader, BulkWriter, WriteCollector } from '@reelsync/database';
import { waitFor } from '../../../tests/support';
import { useTestDatabase } from './support/test-database';

interface Item {
  _id: string;
  value?: number;
  group?: string;
  name?: string;
}

const database = useTestDatabase();

async function seed(name: string, items: Item[]) {
  const collection = database.catalogue.collection<Item>(name);
  if (items.length > 0) await collection.insertMany(items);
  return { collection, writer: new BulkWriter(collection) };
}

describe('BatchLoader', () => {
  it('asks once for lookups of the same time, each key once', async () => {
    const asked: (readonly string[])[] = [];
    const loader = new BatchLoader<string, string | null>((keys) => {
      asked.push(keys);
      return Promise.resolve(keys.map((key) => (key === 'none' ? null : key.toUpperCase())));
    });
    const answers = await Promise.all(['a', 'b', 'a', 'none'].map((key) => loader.load(key)));
    expect(answers).toEqual(['A', 'B', 'A', null]);
    expect(asked).toEqual([['a', 'b', 'none']]);
  });

  it('caches nothing: the next lookup sees what is stored then', async () => {
    let calls = 0;
    const loader = new BatchLoader<string, number>((keys) => Promise.resolve(keys.map(() => (calls += 1))));
    await expect(loader.load('a')).resolves.toBe(1);
    await expect(loader.load('a')).resolves.toBe(2);
  });

  it('has one call under way and collects meanwhile; a lookup by itself waits for nobody', async () => {
    const asked: (readonly string[])[] = [];
    const answered: (() => void)[] = [];
    const loader = new BatchLoader<string, string>(async (keys) => {
      asked.push(keys);
      await new Promise<void>((resolve) => answered.push(resolve));
      return keys;
    });
    const first = loader.load('a');
    await waitFor(() => asked.length === 1);
    const others = ['b', 'c'].map((key) => loader.load(key));
    await new Promise(setImmediate);
    others.push(loader.load('d'));
    expect(asked).toEqual([['a']]);
    answered[0]?.();
    await first;
    await waitFor(() => asked.length === 2);
    answered[1]?.();
    await Promise.all(others);
    expect(asked).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('keeps nothing of what it has answered, however long it is used', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const loader = new BatchLoader<string, object>((keys) => Promise.resolve(keys.map((key) => ({ key }))));
    const answers: WeakRef<object>[] = [];
    for (let round = 0; round < 20; round += 1) answers.push(new WeakRef(await loader.load('a')));
    const isKept = (): boolean => {
      collect();
      // What the last call has led to may be on the stack still.
      return answers.slice(0, -2).some((answer) => answer.deref() !== undefined);
    };
    await waitFor(() => !isKept());
  });

  it('hands an error to every caller of the batch and goes on afterwards', async () => {
    let fails = true;
    const loader = new BatchLoader<string, string>((keys) =>
      fails ? Promise.reject(new Error('down')) : Promise.resolve(keys),
    );
    const results = await Promise.allSettled([loader.load('a'), loader.load('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    await expect(loader.load('a')).resolves.toBe('a');
  });

  it('rejects a batch function that answers too little instead of inventing answers', async () => {
    const loader = new BatchLoader<string, string>(() => Promise.resolve(['only one']));
    const results = await Promise.allSettled([loader.load('a'), loader.load('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('BulkWriter', () => {
  it('tells created from matched upserts', async () => {
    const { writer } = await seed('upserts', [{ _id: 'old' }]);
    const answers = await writer.write(
      ['new', 'old', 'newer'].map((_id) => ({
        kind: 'upsert',
        filter: { _id },
        update: { $set: { value: 1 } },
      })),
    );
    expect(answers).toEqual(['created', 'matched', 'created']);
  });

  it('finds exactly the updates that matched nothing, also among upserts and writes of many', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
    const { collection, writer } = await seed(
      'misses',
      ids.filter((_, i) => i % 7 !== 3).map((_id) => ({ _id, group: 'all' })),
    );
    const answers = await writer.write([
      ...ids.map((_id) => ({ kind: 'update' as const, filter: { _id }, update: { $set: { value: 2 } } })),
      { kind: 'upsert', filter: { _id: 'extra' }, update: { $set: { value: 2 } } },
      { kind: 'apply', many: true, filter: { group: 'all' }, update: { $set: { name: 'seen' } } },
    ]);
    expect(answers.slice(0, 40)).toEqual(ids.map((_, i) => (i % 7 === 3 ? 'missed' : 'matched')));
    expect(answers.slice(40)).toEqual(['created', 'applied']);
    await expect(collection.countDocuments({ value: 2, name: 'seen' })).resolves.toBe(34);
  });

  it('costs one command when nothing missed', async () => {
    const { writer } = await seed('hits', [{ _id: 'a' }, { _id: 'b' }]);
    database.resetCommands();
    const answers = await writer.write(
      ['a', 'b'].map((_id) => ({ kind: 'update', filter: { _id }, update: { $set: { value: 3 } } })),
    );
    expect(answers).toEqual(['matched', 'matched']);
    expect(database.commands('update', 'hits')).toHaveLength(1);
  });
});

describe('WriteCollector', () => {
  it('sends writes of the same time as one unordered bulk write', async () => {
    const { collection, writer } = await seed('collected', []);
    const collector = new WriteCollector(writer);
    database.resetCommands();
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        collector.write({ kind: 'upsert', filter: { _id: `${i}` }, update: { $set: { value: i } } }),
      ),
    );
    const [command, ...others] = database.commands('update', 'collected');
    expect(others).toEqual([]);
    expect(command?.command).toMatchObject({ ordered: false });
    await expect(collection.countDocuments()).resolves.toBe(200);
  });

  it('fails only the caller whose write the server refuses', async () => {
    const { collection, writer } = await seed('refused', [{ _id: 'taken', name: 'unique' }]);
    await collection.createIndex({ name: 1 }, { unique: true, sparse: true }, undefined);
    const collector = new WriteCollector(writer);
    const results = await Promise.allSettled([
      collector.write({ kind: 'upsert', filter: { _id: 'a' }, update: { $set: { value: 1 } } }),
      collector.write({ kind: 'upsert', filter: { _id: 'b' }, update: { $set: { name: 'unique' } } }),
      collector.write({ kind: 'update', filter: { _id: 'taken' }, update: { $set: { value: 1 } } }),
    ]);
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 'created' },
      { status: 'rejected', reason: { code: 'DATABASE_CONFLICT' } },
      { status: 'fulfilled', value: 'matched' },
    ]);
  });

  it('fails only the caller whose document the driver cannot send', async () => {
    const { collection, writer } = await seed('unsendable', []);
    const collector = new WriteCollector(writer);
    const tooLarge = 'x'.repeat(17 * 1024 * 1024);
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((_id) =>
        collector.write({
          kind: 'upsert',
          filter: { _id },
          update: { $set: { name: _id === 'd' ? tooLarge : _id } },
        }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(results[3]).toMatchObject({ reason: { code: 'DOCUMENT_INVALID' } });
    await expect(collection.countDocuments()).resolves.toBe(4);
  });

  it('has at most one bulk write in flight per collection and collects meanwhile (F-16)', async () => {
    const { writer } = await seed('lane', []);
    const collector = new WriteCollector(writer);
    let inFlight = 0;
    let most = 0;
    let hasBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const started = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
      if (commandName !== 'update' || command['update'] !== 'lane') return;
      most = Math.max(most, (inFlight += 1));
      hasBegun();
    };
    const ended = ({ commandName }: { commandName: string }) => {
      if (commandName === 'update') inFlight -= 1;
    };
    const { client } = database.catalogue;
    client.on('commandStarted', started).on('commandSucceeded', ended).on('commandFailed', ended);
    database.resetCommands();
    const writes: Promise<unknown>[] = [];
    const write = (count: number) => {
      for (let i = 0; i < count; i += 1) {
        const value = writes.length;
        const update = { $set: { value } };
        writes.push(collector.write({ kind: 'upsert', filter: { _id: `${value}` }, update }));
      }
    };
    write(1000);
    await begun;
    write(100);
    await new Promise(setImmediate);
    write(100);
    await Promise.all(writes);
    client.off('commandStarted', started).off('commandSucceeded', ended).off('commandFailed', ended);
    expect(most).toBe(1);
    expect(database.commands('update', 'lane')).toHaveLength(2);
  });
});
