import { EVENT_MEDIA_TYPES, SYNC_EVENT_TYPES } from '@reelsync/core';
import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';

const several = <S extends z.ZodType>(member: S, description: string) =>
  z.array(member).exactOptional().meta({ description });

/** How the OpenAPI document describes `GET /api/v1/events`, which is a stream and so no endpoint of the contract. */
export const EVENT_OPERATION: ZodOpenApiOperationObject = {
  operationId: 'streamEvents',
  tags: ['Events'],
  summary: 'What happens, as server-sent events; also what has happened since an event that was seen',
  requestParams: {
    query: z.object({
      type: several(z.enum(SYNC_EVENT_TYPES), 'Only these; repeated or separated by commas.'),
      mediaType: several(z.enum(EVENT_MEDIA_TYPES), 'Only of these.'),
      entityId: several(z.string().min(1), 'Only of these titles (folder names).'),
      serverId: several(z.string().min(1), 'Only what concerns one of these servers.'),
      runId: several(z.string().regex(/^[0-9a-f]{24}$/), 'Only what is part of one of these runs.'),
      lastEventId: z
        .string()
        .regex(/^\d{1,16}$/)
        .exactOptional()
        .meta({ description: 'Begin after this event; for clients that cannot send the header.' }),
    }),
    header: z.object({
      'Last-Event-ID': z
        .string()
        .exactOptional()
        .meta({ description: 'The last event that was seen; browsers send it by themselves.' }),
    }),
  },
  responses: {
    '200': {
      description:
        'Each `data` is one event as JSON. An event named `gap` says that events are missing: they were trimmed, or nobody was there to tell them.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
};
