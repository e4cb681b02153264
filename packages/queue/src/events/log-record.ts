import { EVENT_MEDIA_TYPES, SYNC_EVENT_TYPES, type NumberedEvent, type SyncEvent } from '@reelsync/core';
import { z } from 'zod';

/** Something to be told, on its way into the event log. */
export interface LogRecord {
  readonly event: SyncEvent;
  /** The runs that it is part of. They reach the event's data as `runIds`. */
  readonly runIds: readonly string[];
  /** What may be told once per run only: the end of a unit, by its key, or a fact about the run itself. */
  readonly claim?: { readonly kind: 'unit' | 'run'; readonly name: string };
  /** Id of the entry of the source that it was made from. */
  readonly sourceId?: string;
}

const storedEventSchema = z.object({
  type: z.enum(SYNC_EVENT_TYPES),
  entityId: z.string(),
  mediaType: z.enum(EVENT_MEDIA_TYPES),
  operation: z.string().optional(),
  serverId: z.string(),
  timestamp: z.iso.datetime().transform((text) => new Date(text)),
  data: z.record(z.string(), z.unknown()).optional(),
  error: z.string().optional(),
});

/** The arguments of one event for the append script. */
export function toArguments({ event, runIds, claim, sourceId = '' }: LogRecord): string[] {
  return [sourceId, claim?.kind ?? '', claim?.name ?? '', runIds.join(','), JSON.stringify(event)];
}

/** Undefined for an entry that this version does not understand; its id stays taken, so that it shows as a gap. */
export function fromEntry(
  streamId: string,
  fields: Readonly<Record<string, string>>,
): NumberedEvent | undefined {
  const { success, data: event } = storedEventSchema.safeParse(parsed(fields['event']));
  if (!success) return undefined;
  const { operation, data, error, ...rest } = event;
  const runIds = (fields['runs'] ?? '').split(',').filter((id) => id !== '');
  const [runId] = runIds;
  return {
    ...rest,
    id: Number(streamId.split('-')[0]),
    ...(operation === undefined ? {} : { operation }),
    ...(data === undefined && runId === undefined
      ? {}
      : { data: { ...data, ...(runId === undefined ? {} : { runId, runIds }) } }),
    ...(error === undefined ? {} : { error }),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
