/** What takes no longer than this needs no explanation. */
const PATIENCE_MS = 2000;

/** The same promise; says on stderr what is waited for, should it take long. */
export async function sayingWhenSlow<T>(
  what: string,
  waiting: Promise<T>,
  stream: NodeJS.WritableStream = process.stderr,
): Promise<T> {
  const timer = setTimeout(() => stream.write(`Waiting for ${what} …\n`), PATIENCE_MS);
  try {
    return await waiting;
  } finally {
    clearTimeout(timer);
  }
}
