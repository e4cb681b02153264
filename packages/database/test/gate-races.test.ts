import { GateRepository, InventoryRepository } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase({ private: true });
const NOW = new Date('2026-03-01T12:00:00Z');

it('sends an upsert by id again that MongoDB refused with 11000', async () => {
  const gates = new GateRepository(database.state);
  await database.failNext(['update'], { errorCode: 11000 });
  await gates.save({ kind: 'movie', title: 'a' }, { fingerprint: 'f', applied: {}, at: NOW });
  await expect(gates.load({ kind: 'movie', title: 'a' })).resolves.toMatchObject({ fingerprint: 'f' });
});

it('does not go on for ever', async () => {
  const inventory = new InventoryRepository(database.state);
  await database.failNext(['update'], { errorCode: 11000 }, 50);
  const change = { unit: { kind: 'movie', title: 'a' } as const, digest: 'd', record: {} };
  await expect(inventory.applyChanges('s1', [change], NOW, 1)).rejects.toMatchObject({
    code: 'LEASE_LOST',
  });
  await database.catalogue.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
});
