import { OPERATIONS, ReelsyncError } from '@reelsync/core';
import type { Library } from '@reelsync/sample-library';
import * as fc from 'fast-check';
import { disposeSampleWorld, startSampleWorld, type SampleWorld } from './support/sample-world';

const TITLES = [
  'The Matrix Reloaded (2003)',
  "Ocean's Eleven",
  'HDR On Beta',
  'Pending Captions',
  '__proto__',
  '100% Wolf',
  'Twin Title (1990)',
];

const MUTATIONS: readonly ((library: Library, title: string) => void)[] = [
  (library, title) => library.removeMovie(title),
  (library, title) => library.addMovie(title),
  (library, title) => library.replacePoster(title),
  (library, title) => library.removeAsset(title, 'poster'),
  (library, title) => library.removeAsset(title, 'backdrop'),
  (library, title) => library.replaceVideo(title),
  (library, title) => library.removeAsset(title, 'video'),
  (library, title) => library.editMetadata(title, { title: `Renamed ${library.revision}`, tagline: 'x' }),
  (library, title) => library.removeAsset(title, 'metadata'),
  (library, title) => library.addCaption(title, 'German'),
  (library, title) => library.removeCaption(title, 'English'),
  (library, title) => library.finishAutoCaption(title),
  (library, title) => library.setFocal(title, 'center-left'),
  (library, title) => library.setFocal(title, 'right'),
  (library, title) => library.touch(title),
];

const FAULTS = [
  { match: 'listing', body: 'html' },
  { match: 'listing', body: 'shrunken' },
  { match: 'listing', body: 'truncated' },
  { match: 'listing', body: 'broken-record' },
  { match: 'listing', status: 503 },
  { match: 'hashes', status: 500 },
  { match: 'metadata', status: 500, rate: 0.5 },
  { match: 'metadata', body: 'not-json', rate: 0.5 },
  { match: 'blurhash', body: 'html', rate: 0.3 },
  { match: 'blurhash', closeConnection: true, rate: 0.3 },
] as const;

const server = fc.constantFrom('alpha' as const, 'beta' as const);
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('mutate' as const),
      server,
      mutation: fc.nat(MUTATIONS.length - 1),
      title: fc.constantFrom(...TITLES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('down' as const, 'up' as const), server }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('fault' as const), server, fault: fc.constantFrom(...FAULTS) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('mend' as const), server }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('scan' as const),
      full: fc.boolean(),
      losing: fc.nat(3),
      abort: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('sync' as const),
      title: fc.constantFrom(...TITLES),
      operations: fc.option(fc.subarray([...OPERATIONS], { minLength: 1 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('killed before the gate' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

async function perform(sample: SampleWorld, step: Action): Promise<void> {
  const { world } = sample;
  switch (step.type) {
    case 'mutate':
      // A change that makes no sense for the folder as it is now is no change.
      try {
        MUTATIONS[step.mutation]?.(sample[step.server].library, step.title);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
      }
      return;
    case 'down':
      return sample[step.server].down();
    case 'up':
      return sample[step.server].up();
    case 'fault':
      sample[step.server].faults.add(step.fault);
      return;
    case 'mend':
      sample[step.server].faults.clear();
      return;
    case 'scan': {
      const { full, losing, abort } = step;
      let turn = 0;
      world.units.isLost = () => (turn += 1) % 4 < losing;
      const crash = new AbortController();
      const onProgress = (): void => (abort ? crash.abort(new Error('killed')) : undefined);
      try {
        await world.scan({ full, signal: crash.signal, onProgress });
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'killed') throw error;
        await world.units.drain();
      }
      return;
    }
    case 'sync':
      // A title that failed, or that no server lists any more, is part of what happens.
      await Promise.allSettled([
        world.sync(step.title, step.operations === null ? {} : { operations: step.operations }),
      ]);
      return;
    case 'killed before the gate':
      jest
        .spyOn(world.database.gates, 'save')
        .mockRejectedValueOnce(new ReelsyncError('DATABASE_ERROR', 'killed'));
  }
}

test('whatever happened before, one clean scan with everything up makes the catalogue equal to the servers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14, size: 'max' }), async (steps) => {
      const sample = await startSampleWorld({ indexes: false });
      const { world, alpha, beta } = sample;
      try {
        for (const step of steps) await perform(sample, step);
        for (const each of [alpha, beta]) {
          each.faults.clear();
          await each.up();
        }
        world.units.isLost = () => false;
        jest.restoreAllMocks();
        // Permanent failures wait for up to a day.
        world.advanceClock(25 * 3_600_000);
        const { run } = await world.scan({ acceptShrunken: true });
        expect(run).toMatchObject({ status: 'done', counts: { failed: 0 } });
        await sample.expectCatalogueWithHistory();
        expect((await world.scan()).planned).toBe(0);
      } finally {
        await disposeSampleWorld(sample);
      }
    }),
    { numRuns: 12 },
  );
}, 180_000);
