import { ReelsyncError, unitKey, type Unit, type UnitResult } from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import type { EnqueueOptions, UnitContext } from '@reelsync/domain';
import { DirectUnits, type DirectUnitsOptions } from '../../src/engine/direct-units';

const REQUEST: EnqueueOptions = { runIds: ['r'], urgency: 'bulk' };
const movie = (title: string): Unit => ({ kind: 'movie', title });
const done = (unit: Unit): UnitResult => ({
  unit,
  outcome: 'updated',
  changedFields: ['title'],
  warnings: [],
});

interface Setting {
  readonly reconcile: (unit: Unit, context: UnitContext) => Promise<UnitResult>;
  readonly release?: (unit: Unit, units: DirectUnits) => Promise<void>;
  readonly options?: Partial<DirectUnitsOptions>;
}

function open({ reconcile, release = () => Promise.resolve(), options = {} }: Setting) {
  const ends: RunUnit[] = [];
  const started: string[] = [];
  const units: DirectUnits = new DirectUnits({
    engine: () => ({ units: { reconcile }, children: { release: (unit) => release(unit, units) } }),
    ledger: { finishUnit: () => Promise.resolve() },
    observer: {
      started: (unit) => started.push(unitKey(unit)),
      ended: (end) => ends.push(end),
    },
    concurrency: 2,
    patienceMs: 60_000,
    signal: new AbortController().signal,
    now: () => new Date(),
    random: () => 0,
    ...options,
  });
  return { units, ends, started };
}

describe('units in this process', () => {
  test('no more run at a time than allowed', async () => {
    let running = 0;
    let most = 0;
    const { units, ends } = open({
      reconcile: async (unit) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        return done(unit);
      },
    });
    await units.enqueue(
      Array.from({ length: 20 }, (_, index) => movie(`${index}`)),
      REQUEST,
    );
    await units.drain();
    expect([most, ends.length]).toEqual([2, 20]);
  });

  test('a request for a waiting unit merges; one for a running unit follows it, never beside it', async () => {
    const log: string[] = [];
    const { units } = open({
      reconcile: async (unit) => {
        log.push('begin');
        if (log.length === 1) {
          const [receipt] = await units.enqueue([unit], REQUEST);
          log.push(receipt?.status ?? 'none');
          const [again] = await units.enqueue([unit], REQUEST);
          log.push(again?.status ?? 'none');
        }
        log.push('end');
        return done(unit);
      },
    });
    await units.enqueue([movie('A')], REQUEST);
    await units.drain();
    expect(log).toEqual(['begin', 'created', 'merged', 'end', 'begin', 'end']);
  });

  test('children that a finished unit starts are waited for, also at a concurrency of 1', async () => {
    const { units, ends } = open({
      reconcile: (unit) => Promise.resolve(done(unit)),
      release: async (unit, self) => {
        if (unit.kind !== 'show') return;
        await self.enqueue([{ kind: 'season', title: unit.title, season: 1 }], REQUEST);
      },
      options: { concurrency: 1 },
    });
    await units.enqueue([{ kind: 'show', title: 'A' }], REQUEST);
    await units.drain();
    expect(ends.map(({ unit }) => unit.kind)).toEqual(['show', 'season']);
  });

  test('children that cannot start for a while start all the same; for good, their parent ends and that is told', async () => {
    const show = (title: string): Unit => ({ kind: 'show', title });
    let attempts = 0;
    const { units, ends } = open({
      reconcile: (unit) => Promise.resolve(done(unit)),
      release: async (unit, self) => {
        if (unit.kind !== 'show') return;
        if (unit.title === 'bad') throw new ReelsyncError('DOCUMENT_INVALID', 'for good');
        attempts += 1;
        if (attempts < 3) throw new ReelsyncError('DATABASE_UNAVAILABLE', 'later', { retryAfterMs: 1 });
        await self.enqueue([{ kind: 'season', title: unit.title, season: 1 }], REQUEST);
      },
    });
    await units.enqueue([show('slow'), show('bad')], REQUEST);
    await expect(units.drain()).rejects.toMatchObject({ message: 'for good' });
    expect(attempts).toBe(3);
    expect(ends.map(({ unit, outcome }) => `${unitKey(unit)} ${outcome}`).sort()).toEqual([
      'season/1/slow updated',
      'show/bad updated',
      'show/slow updated',
    ]);
  });

  test('transient errors are tried again, permanent ones are not; every unit ends once', async () => {
    const attempts = new Map<string, number>();
    const { units, ends, started } = open({
      reconcile: (unit) => {
        const attempt = (attempts.get(unit.title) ?? 0) + 1;
        attempts.set(unit.title, attempt);
        if (unit.title === 'bad') return Promise.reject(new ReelsyncError('METADATA_INVALID', 'no JSON'));
        const wait = new ReelsyncError('SERVER_CIRCUIT_OPEN', 'later', { retryAfterMs: 1 });
        return attempt < 4 ? Promise.reject(wait) : Promise.resolve(done(unit));
      },
    });
    await units.enqueue([movie('bad'), movie('slow')], REQUEST);
    await units.drain();
    expect(Object.fromEntries(attempts)).toEqual({ bad: 1, slow: 4 });
    expect(Object.fromEntries(ends.map(({ unit, outcome, code }) => [unit.title, code ?? outcome]))).toEqual({
      bad: 'METADATA_INVALID',
      slow: 'updated',
    });
    expect(started.sort()).toEqual(['movie/bad', 'movie/slow']);
  });

  test('a unit that would have to wait longer than the patience fails with what it waited for', async () => {
    const { units, ends } = open({
      reconcile: () => Promise.reject(new ReelsyncError('SERVER_TIMEOUT', 'slow')),
      options: { patienceMs: 10 },
    });
    await units.enqueue([movie('A')], REQUEST);
    await units.drain();
    expect(ends).toMatchObject([{ outcome: 'failed', code: 'SERVER_TIMEOUT' }]);
  });

  test('narrowed work is narrowed all the way; a parent that has failed in it is not tried again for each child', async () => {
    const season = { kind: 'season', title: 'A', season: 1 } as const;
    const narrowings: unknown[] = [];
    const { units, ends } = open({
      reconcile: async (unit, { operations }) => {
        narrowings.push(operations);
        if (unit.kind === 'show') throw new ReelsyncError('METADATA_INVALID', 'no JSON');
        const [receipt] = await units.enqueue([{ kind: 'show', title: unit.title }], REQUEST);
        throw new ReelsyncError('PARENT_FAILED', receipt?.status ?? 'no answer');
      },
      release: async (unit, self) => {
        if (unit.kind === 'show') await self.enqueue([season], REQUEST);
      },
      options: { operations: ['metadata'] },
    });
    await units.enqueue([{ kind: 'show', title: 'A' }], REQUEST);
    await units.drain();
    expect(narrowings).toEqual([['metadata'], ['metadata']]);
    expect(ends.map(({ unit, message }) => [unit.kind, message])).toEqual([
      ['show', 'no JSON'],
      ['season', 'rejected'],
    ]);
  });

  test('a waiting unit does not hold the only place: its parent gets it', async () => {
    let isParentThere = false;
    const { units, ends } = open({
      reconcile: async (unit) => {
        if (unit.kind === 'show') isParentThere = true;
        if (isParentThere) return done(unit);
        await units.enqueue([{ kind: 'show', title: unit.title }], REQUEST);
        throw new ReelsyncError('PARENT_MISSING', 'not yet', { retryAfterMs: 1 });
      },
      options: { concurrency: 1 },
    });
    await units.enqueue([{ kind: 'season', title: 'A', season: 1 }], REQUEST);
    await units.drain();
    expect(ends.map(({ unit, outcome }) => [unit.kind, outcome])).toEqual([
      ['show', 'updated'],
      ['season', 'updated'],
    ]);
  });

  test('when the caller stops, waits end at once and units end as skipped', async () => {
    const stop = new AbortController();
    const { units, ends } = open({
      reconcile: () => {
        setImmediate(() => stop.abort());
        return Promise.reject(new ReelsyncError('SERVER_TIMEOUT', 'slow'));
      },
      options: { signal: stop.signal, concurrency: 1 },
    });
    await units.enqueue([movie('A'), movie('B')], REQUEST);
    await units.drain();
    expect(ends.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['skipped', 'JOB_CANCELLED'],
      ['skipped', 'JOB_CANCELLED'],
    ]);
  });

  test('what keeps children from starting is thrown, not hidden; the unit still ends', async () => {
    const { units, ends } = open({
      reconcile: (unit) => Promise.resolve(done(unit)),
      release: () => Promise.reject(new ReelsyncError('DATABASE_UNAVAILABLE', 'gone')),
      options: { patienceMs: 10 },
    });
    await units.enqueue([movie('A')], REQUEST);
    await expect(units.drain()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(ends).toHaveLength(1);
  });

  test('a producer that is far ahead waits until the backlog is shorter', async () => {
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const { units } = open({
      reconcile: async (unit) => {
        await gate;
        return done(unit);
      },
    });
    await units.enqueue(
      Array.from({ length: 2500 }, (_, index) => movie(`${index}`)),
      REQUEST,
    );
    let hasRoom = false;
    const room = units.room().then(() => (hasRoom = true));
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    letGo();
    await room;
    await units.drain();
  });
});
