import { ReelsyncError } from '@reelsync/core';

import { waitFor } from '../../../tests/support';
import { movie, QueueHarness } from './harness';

const runId = 'c'.repeat(24);

describe('EventBridge', () => {
  let harness: QueueHarness;
  beforeEach(() => {
    harness = new QueueHarness();
  });
  afterEach(() => harness.dispose());

  it('EV-1, EV-4: exactly one terminal event per job, also after retries, delays and failure', async () => {
    const { events } = await harness.bridge();
    const tries = new Map<string, number>();
    await harness.host({
      'movie.sync': ({ title }, context) => {
        const attempt = (tries.get(title) ?? 0) + 1;
        tries.set(title, attempt);
        if (title === 'retried' && attempt < 3) throw new ReelsyncError('SERVER_TIMEOUT', 'slow');
        if (title === 'delayed' && attempt < 3) {
          throw new ReelsyncError('DATABASE_UNAVAILABLE', 'down', { retryAfterMs: 5 });
        }
        if (title === 'broken') throw new ReelsyncError('METADATA_INVALID', 'no JSON');
        context.reportProgress(
          { operation: 'metadata', stage: 'updated', progress: 100 },
          { operation: 'assets', stage: 'updated', progress: 100 },
        );
        return Promise.resolve({ outcome: 'updated', changedFields: ['title'] });
      },
    });
    const titles = ['plain', 'retried', 'delayed', 'broken'];
    await harness.producer().enqueueMany(
      'movie.sync',
      titles.map((title) => ({ ...movie(title), runId })),
      { priority: 'bulk' },
    );
    const bad = await harness.queue().add('movie.sync', { v: 9 });

    const terminal = () => events.filter(({ type }) => type === 'complete' || type === 'error');
    await waitFor(() => terminal().length === 5);
    expect(
      terminal()
        .map(({ entityId, type }) => `${entityId} ${type}`)
        .sort(),
    ).toEqual(
      [`${bad.id} error`, 'broken error', 'delayed complete', 'plain complete', 'retried complete'].sort(),
    );
    const ofBroken = events.filter(({ entityId }) => entityId === 'broken');
    expect(ofBroken).toMatchObject([
      { type: 'started', mediaType: 'movie' },
      { type: 'error', error: 'METADATA_INVALID: no JSON', data: { code: 'METADATA_INVALID', runId } },
    ]);
    const ofRetried = events.filter(({ entityId }) => entityId === 'retried');
    expect(ofRetried).toMatchObject([
      { type: 'started' },
      { type: 'progress', operation: 'metadata', data: { stage: 'updated', progress: 100 } },
      { type: 'progress', operation: 'assets', data: { stage: 'updated', progress: 100 } },
      { type: 'complete', data: { outcome: 'updated', changedFields: ['title'], runId } },
    ]);
    expect(ofRetried[0]?.timestamp.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('EV-2: misses nothing, neither what happened before anybody read nor what happens directly after start', async () => {
    await harness.host({});
    const producer = harness.producer();
    await producer.enqueue('movie.sync', movie('before'), { priority: 'person' });
    await waitFor(async () => (await harness.queue().getCompletedCount()) === 1);
    const { events } = await harness.bridge();
    await producer.enqueue('movie.sync', movie('after'), { priority: 'person' });
    await waitFor(() => events.filter(({ type }) => type === 'complete').length === 2);
    expect(events.map(({ entityId, type }) => `${entityId} ${type}`)).toEqual([
      'before started',
      'before complete',
      'after started',
      'after complete',
    ]);
  });
});
