import type { AdminDependencies, Handlers } from '../handler';

export function webhookHandlers({
  database: { deliveries },
}: Pick<AdminDependencies, 'database'>): Pick<Handlers, 'listDeliveries'> {
  return { listDeliveries: async (filter) => ({ items: await deliveries.list(filter) }) };
}
