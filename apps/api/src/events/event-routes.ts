import {
  concernsServer,
  EVENT_MEDIA_TYPES,
  isGap,
  runIdsOf,
  SYNC_EVENT_TYPES,
  type NumberedEvent,
} from '@reelsync/core';
import { Router, type Request } from 'express';
import { z } from 'zod';

import { HttpError } from '../http/http-problem';
import { eventFrame } from './event-frame';
import type { GuardedStreams } from './guarded-streams';

export const EVENTS_PATH = '/api/v1/events';

/** `?type=error,warning` and `?type=error&type=warning` mean the same. */
function listOf<T extends z.ZodType>(member: T) {
  return z
    .preprocess(
      (value) => [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [text])),
      z.array(member).min(1),
    )
    .optional();
}

/** A folder name may hold a comma. */
const entityList = z.preprocess((value) => [value].flat(), z.array(z.string().min(1)).min(1)).optional();

const eventId = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);

const querySchema = z.strictObject({
  type: listOf(z.enum(SYNC_EVENT_TYPES)),
  mediaType: listOf(z.enum(EVENT_MEDIA_TYPES)),
  entityId: entityList,
  serverId: listOf(z.string().min(1)),
  runId: listOf(z.string().regex(/^[0-9a-f]{24}$/)),
  lastEventId: eventId.optional(),
});

type EventFilter = Omit<z.output<typeof querySchema>, 'lastEventId'>;

/** `GET /api/v1/events`: what happens, as server-sent events. */
export function eventRoutes(streams: GuardedStreams): Router {
  const router = Router();
  router.get(EVENTS_PATH, ...streams.guard, async (request, response) => {
    const { lastEventId, ...filter } = parsedQuery(request);
    await streams.serve(request, response, {
      after: lastEventIdOf(request) ?? lastEventId,
      frameOf: (event) => (passes(event, filter) ? eventFrame(event) : undefined),
    });
  });
  return router;
}

/** What a client that lost its connection has seen last; undefined when it sent nothing that we could have told it. */
export function lastEventIdOf(request: Request): number | undefined {
  return eventId.safeParse(request.get('Last-Event-ID')).data;
}

function parsedQuery(request: Request): z.output<typeof querySchema> {
  const { success, data, error } = querySchema.safeParse(request.query);
  if (success) return data;
  // By parameter, since its members may be many and all wrong for one reason.
  const problems = error.issues.map(({ path: [name], message }) =>
    name === undefined ? message : `${String(name)}: ${message}`,
  );
  throw new HttpError('REQUEST_INVALID', `The query is not valid: ${[...new Set(problems)].join('; ')}`);
}

/** Whoever follows a part must still learn that events are missing. */
function passes(event: NumberedEvent, filter: EventFilter): boolean {
  if (isGap(event)) return true;
  const { type, mediaType, entityId, serverId, runId } = filter;
  return (
    (type?.includes(event.type) ?? true) &&
    (mediaType?.includes(event.mediaType) ?? true) &&
    (entityId?.includes(event.entityId) ?? true) &&
    (serverId?.some((id) => concernsServer(event, id)) ?? true) &&
    (runId === undefined || runIdsOf(event).some((id) => runId.includes(id)))
  );
}
