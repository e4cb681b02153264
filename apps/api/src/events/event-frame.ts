import { isGap, type NumberedEvent } from '@reelsync/core';

const frames = new WeakMap<NumberedEvent, string>();

/** One event as server-sent event; made once for all clients. A gap has a name of its own, the others are messages. */
export function eventFrame(event: NumberedEvent): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const frame = `${isGap(event) ? 'event: gap\n' : ''}id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
  frames.set(event, frame);
  return frame;
}
