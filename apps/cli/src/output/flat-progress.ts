import type { FlatProgress } from '@reelsync/sync';
import { SingleBar } from 'cli-progress';

/** A live bar on a terminal, a line now and then elsewhere; always on stderr, stdout is for results. */
export interface FlatProgressView {
  update(progress: FlatProgress): void;
  stop(): void;
}

const LINE_INTERVAL_MS = 2000;

export function createFlatProgress(
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): FlatProgressView {
  return stream.isTTY ? barOn(stream) : linesOn(stream, now);
}

/** One bar for each server, since servers follow one another. */
function barOn(stream: NodeJS.WriteStream): FlatProgressView {
  let bar: SingleBar | undefined;
  let current: string | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update: ({ serverId, done, total, failed }) => {
      if (serverId !== current) {
        stop();
        current = serverId;
        bar = new SingleBar({
          stream,
          format: '{serverId} |{bar}| {value}/{total} titles  {failed} failed  {duration} s',
          hideCursor: true,
          clearOnComplete: false,
        });
        bar.start(total, 0, { serverId, failed });
      }
      bar?.update(done, { serverId, failed });
    },
    stop,
  };
}

function linesOn(stream: NodeJS.WriteStream, now: () => number): FlatProgressView {
  let lastLineAt = now();
  return {
    update: ({ serverId, done, total, failed }) => {
      if (now() - lastLineAt < LINE_INTERVAL_MS) return;
      lastLineAt = now();
      stream.write(`${serverId}: ${done} of ${total} titles, ${failed} failed\n`);
    },
    stop: () => {
      // Lines are complete as they are.
    },
  };
}
