import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChunks } from './in-chunks';

/** Changes that are held in memory before the rest goes to a file: a few megabytes. */
const MEMORY_LIMIT = 2000;

interface SpoolFile {
  readonly folder: string;
  readonly handle: FileHandle;
}

/**
 * Holds the changes of a listing until the listing has proved whole and plausible, so that a truncated or shrunken one
 * leaves everything that is stored as it is. Memory is bounded: many changes wait in a temporary file, as JSON lines.
 */
export class ChangeSpool<T> {
  private readonly held: T[] = [];
  private file: SpoolFile | undefined;
  count = 0;

  async add(changes: readonly T[]): Promise<void> {
    this.count += changes.length;
    if (this.file === undefined && this.held.length + changes.length <= MEMORY_LIMIT) {
      this.held.push(...changes);
      return;
    }
    this.file ??= await openSpoolFile();
    await this.file.handle.appendFile(changes.map((change) => `${JSON.stringify(change)}\n`).join(''));
  }

  /** In the order in which they were added. */
  chunks(): AsyncIterable<readonly T[]> {
    return inChunks(this.all());
  }

  private async *all(): AsyncIterable<T> {
    yield* this.held;
    if (this.file === undefined) return;
    for await (const line of this.file.handle.readLines({ start: 0, autoClose: false })) {
      // What add() has written; nobody else knows the file.
      yield JSON.parse(line) as T;
    }
  }

  async dispose(): Promise<void> {
    if (this.file === undefined) return;
    await this.file.handle.close();
    await rm(this.file.folder, { recursive: true, force: true });
  }
}

async function openSpoolFile(): Promise<SpoolFile> {
  const folder = await mkdtemp(join(tmpdir(), 'reelsync-scan-'));
  return { folder, handle: await open(join(folder, 'changes.jsonl'), 'ax+', 0o600) };
}
