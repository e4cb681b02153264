import { DELIVERY_OUTCOMES, WEBHOOK_ENDPOINTS } from '@reelsync/database';
import { z } from 'zod';

import { countSchema, dateSchema, idSchema, limitSchema, listOf } from './values';

export const listDeliveriesSchema = z.strictObject({
  limit: limitSchema(50, 500),
  outcome: z.enum(DELIVERY_OUTCOMES).exactOptional(),
});

export const deliverySchema = z
  .object({
    id: z.string(),
    endpoint: z.enum(WEBHOOK_ENDPOINTS),
    source: z.string().exactOptional().meta({ description: 'Absent when nobody known sent it.' }),
    event: z.string().exactOptional().meta({ description: 'What the sender calls it.' }),
    titles: listOf(z.string()).exactOptional(),
    receivedAt: dateSchema,
    outcome: z.enum(DELIVERY_OUTCOMES),
    code: z.string().exactOptional(),
    message: z.string().exactOptional(),
    runIds: listOf(idSchema),
    pending: z.boolean().meta({ description: 'It still waits in the inbox.' }),
    count: countSchema.meta({ description: 'Rejections of one kind within a minute are one line.' }),
  })
  .meta({ id: 'Delivery', description: 'A webhook that was delivered, and what became of it.' });
