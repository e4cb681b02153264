import { OPERATIONS, type Unit } from '@reelsync/core';
import type { RunUnit } from '@reelsync/database';
import { batchResult, requestedOperations, type BatchFacts } from '../../src/manager/batch-result';

const AT = new Date('2026-01-01T00:00:00Z');

const ended = (unit: Unit, end: Partial<RunUnit>): RunUnit => ({
  unit,
  outcome: 'unchanged',
  changedFields: [],
  finishedAt: AT,
  ...end,
});

const result = (facts: Partial<BatchFacts>) =>
  batchResult({
    runId: 'r',
    mode: 'direct',
    serverId: 's',
    titles: [],
    operations: OPERATIONS,
    units: [],
    durationMs: 7,
    errors: [],
    ...facts,
  });

describe('the result of a batch (B-44)', () => {
  test('nothing asked for is nothing done', () => {
    expect(result({})).toMatchObject({
      results: [],
      duration: 7,
      summary: { total: 0, completed: 0, failed: 0 },
    });
  });

  test('a title without any unit has failed: the batch never got that far', () => {
    const errors = [{ code: 'DATABASE_UNAVAILABLE', message: 'm' }];
    expect(result({ titles: ['A', 'B'], errors })).toMatchObject({
      results: [],
      errors,
      summary: { total: 2, failed: 2, completed: 0 },
    });
  });

  test('a show is created, updated or unchanged with its children, and failed when any of them is', () => {
    const show = (title: string, outcome: RunUnit['outcome']) => ended({ kind: 'show', title }, { outcome });
    const season = (title: string, outcome: RunUnit['outcome']) =>
      ended({ kind: 'season', title, season: 1 }, { outcome });
    const units = [
      season('New', 'created'),
      show('New', 'created'),
      season('More', 'created'),
      show('More', 'unchanged'),
      season('Same', 'unchanged'),
      show('Same', 'skipped'),
      season('Bad', 'failed'),
      show('Bad', 'created'),
      show('Gone', 'skipped'),
    ];
    const titles = ['New', 'More', 'Same', 'Bad', 'Gone'];
    expect(result({ titles, units }).summary).toMatchObject({
      total: 5,
      completed: 3,
      created: 1,
      updated: 1,
      unchanged: 1,
      failed: 1,
      skipped: 1,
    });
  });

  test('results come by title, parents first, with the fields that each strategy wrote', () => {
    const title = 'A';
    const changedFields = ['E01.thumbnail', 'E01.metadataSource', 'E02.videoURL', 'E02.showId'];
    const units = [
      ended({ kind: 'episodes', title, season: 2 }, {}),
      ended({ kind: 'episodes', title, season: 1 }, { outcome: 'updated', changedFields }),
      ended({ kind: 'season', title, season: 1 }, {}),
      ended({ kind: 'show', title }, {}),
    ];
    const { results, summary } = result({
      titles: [title],
      units,
      operations: ['metadata', 'assets', 'content'],
    });
    const rows = results.map(({ mediaType, operation, metadata, changes }) => [
      mediaType,
      metadata.seasonNumber,
      operation,
      changes,
    ]);
    expect(rows).toEqual([
      ['tvshow', undefined, 'metadata', []],
      ['tvshow', undefined, 'assets', []],
      ['tvshow', undefined, 'content', []],
      ['season', 1, 'metadata', []],
      ['season', 1, 'assets', []],
      ['season', 1, 'content', []],
      ['episode', 1, 'metadata', ['E01.metadataSource']],
      ['episode', 1, 'assets', ['E01.thumbnail']],
      ['episode', 1, 'content', ['E02.videoURL', 'E02.showId']],
      ['episode', 2, 'metadata', []],
      ['episode', 2, 'assets', []],
      ['episode', 2, 'content', []],
    ]);
    expect(summary.operations).toEqual({
      metadata: { total: 4, changed: 1, unchanged: 3, failed: 0, skipped: 0 },
      assets: { total: 4, changed: 1, unchanged: 3, failed: 0, skipped: 0 },
      content: { total: 4, changed: 1, unchanged: 3, failed: 0, skipped: 0 },
    });
  });

  test('a failed unit has failed for each operation and says why once; a skipped one carries no error', () => {
    const failure = { outcome: 'failed', code: 'SERVER_TIMEOUT', message: 'slow' } as const;
    const units = [
      ended({ kind: 'movie', title: 'A' }, failure),
      ended({ kind: 'movie', title: 'B' }, { outcome: 'skipped' }),
    ];
    const { results, errors } = result({ titles: ['A', 'B'], units, operations: ['assets', 'metadata'] });
    expect(errors).toEqual([{ code: 'SERVER_TIMEOUT', message: 'slow', entityId: 'A' }]);
    expect(results.map(({ status, errors: own }) => [status, own.length])).toEqual([
      ['failed', 1],
      ['failed', 1],
      ['skipped', 0],
      ['skipped', 0],
    ]);
  });

  test('operations come in the order of the strategies, each once', () => {
    expect(requestedOperations(undefined)).toEqual(OPERATIONS);
    expect(requestedOperations(['blurhash', 'metadata', 'blurhash'])).toEqual(['metadata', 'blurhash']);
  });
});
