import type { AdminDependencies, Handlers } from '../handler';

export function auditHandlers({
  database: { audit },
}: Pick<AdminDependencies, 'database'>): Pick<Handlers, 'listAudit'> {
  return { listAudit: async ({ limit }) => ({ items: await audit.list({ limit }) }) };
}
