/** Rejects with `onTimeout()` when the work takes longer; a connection that hangs must not hold up an answer. */
export async function withinDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  onTimeout: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), deadlineMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
