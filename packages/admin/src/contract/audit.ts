import { z } from 'zod';

import { dateSchema } from './values';

export const auditEntrySchema = z
  .object({
    at: dateSchema,
    actor: z.object({ kind: z.enum(['cli', 'token', 'session']), name: z.string() }),
    action: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry', description: 'Who did what.' });
