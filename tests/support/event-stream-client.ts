/** One server-sent event, or a comment. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
  readonly comment?: string;
}

export interface EventStreamClient {
  readonly response: Response;
  readonly frames: Frame[];
  /** Frames with data. */
  messages(): readonly Required<Pick<Frame, 'id' | 'data'>>[];
  /** What a browser would send as Last-Event-ID. */
  lastEventId(): string | undefined;
  /** Resolves when the server ended the stream, or the connection broke. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Reads an event stream as a browser does. */
export async function openEventStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStreamClient> {
  const stopping = new AbortController();
  const response = await fetch(url, {
    headers: { Accept: 'text/event-stream', ...headers },
    signal: stopping.signal,
  });
  const frames: Frame[] = [];
  const ended = collect(response, frames).catch(() => undefined);
  return {
    response,
    frames,
    messages: () =>
      frames.flatMap(({ id, data }) => (id !== undefined && data !== undefined ? [{ id, data }] : [])),
    lastEventId: () => frames.findLast(({ id }) => id !== undefined)?.id,
    ended,
    close: () => stopping.abort(),
  };
}

async function collect(response: Response, frames: Frame[]): Promise<void> {
  if (response.body === null) return;
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    frames.push(...parts.map(parseFrame));
  }
}

function parseFrame(part: string): Frame {
  const frame: Record<string, unknown> = {};
  for (const line of part.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trimStart();
    frame[name === '' ? 'comment' : name] = name === 'data' ? JSON.parse(value) : value;
  }
  return frame;
}
