const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warning'],
  [50, 'error'],
  [60, 'fatal'],
]);

/** A JSON line of the API's or the worker's log as a person reads it; anything else stays as it is. */
export function readableLogLine(line: string): string {
  const entry = objectIn(line);
  if (typeof entry?.['msg'] !== 'string') return line;
  const { level, msg, title, serverId = title, err } = entry;
  const { code, message } = isObject(err) ? err : entry;
  const reason = [code, message].filter((part) => typeof part === 'string').join(': ');
  return [
    LEVELS.get(level) ?? 'log',
    ': ',
    msg,
    typeof serverId === 'string' ? ` '${serverId}'` : '',
    reason === '' ? '' : ` (${reason})`,
  ].join('');
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    // Not ours: a crash of Node or a warning of it, for instance.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
