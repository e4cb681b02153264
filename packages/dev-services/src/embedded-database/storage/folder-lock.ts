import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from '../errors';

/** Keeps a second database process (or a second database in this process) off a data folder. */
export interface FolderLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same id (in a container ids repeat); null where the system has no /proc. */
  readonly started: string | null;
}

/** Takes the lock, also over from a process that is gone; throws when another one holds it. */
export function lockFolder(folder: string): FolderLock {
  const file = path.join(folder, 'database.lock');
  const self = JSON.stringify({ pid: process.pid, started: processStart(process.pid) } satisfies Holder);
  if (!createExclusively(file, self)) {
    const found = fs.readFileSync(file, 'utf8');
    const holder = parseHolder(found);
    if (holder === null || isRunning(holder)) {
      throw new Error(`${folder} is in use by process ${holder?.pid ?? 'unknown'} (${file})`);
    }
    removeStale(file, found);
    if (!createExclusively(file, self)) throw new Error(`${folder} was just taken by another process`);
  }
  return { release: () => fs.rmSync(file, { force: true }) };
}

function createExclusively(file: string, content: string): boolean {
  // Linking a complete file is atomic: nobody ever reads a lock without its holder.
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  fs.writeFileSync(draft, content);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    fs.rmSync(draft);
  }
}

/** Of two processes that found the same stale lock, the later must not remove the fresh lock of the earlier. */
function removeStale(file: string, content: string): void {
  const aside = `${file}.stale.${process.pid}`;
  fs.renameSync(file, aside);
  const isFresh = fs.readFileSync(aside, 'utf8') !== content;
  if (isFresh) fs.linkSync(aside, file);
  fs.rmSync(aside);
  if (isFresh) throw new Error(`the folder of ${file} was just taken by another process`);
}

function parseHolder(content: string): Holder | null {
  const match = /^\{"pid":(\d+),"started":(?:"(\d+)"|null)\}$/.exec(content);
  return match?.[1] === undefined ? null : { pid: Number(match[1]), started: match[2] ?? null };
}

function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (isCode(error, 'ESRCH')) return false;
    if (!isCode(error, 'EPERM')) throw error;
  }
  return holder.started === null || processStart(holder.pid) === holder.started;
}

/** Start time in ticks since boot: the 22nd field, counted behind the name in parentheses. */
function processStart(pid: number): string | null {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return null;
    throw error;
  }
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function isCode(error: unknown, code: string): boolean {
  return errorCode(error) === code;
}
