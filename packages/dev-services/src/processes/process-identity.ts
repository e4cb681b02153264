import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { systemCode } from '../dev-service-error';

/** A pid alone can belong to a later process; with its start time it is unique until the next boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, null where the system has no /proc. */
  readonly startTime: string | null;
}

const POLL_MS = 25;

export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  return { pid, startTime: await startTimeOf(pid) };
}

/** True while the very process that was identified runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (!signalReaches(identity.pid)) return false;
  return identity.startTime === null || (await startTimeOf(identity.pid)) === identity.startTime;
}

/** Working folder of a process, undefined when it is gone, not ours to see, or the system has no /proc. */
export async function workingFolderOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch {
    // Gone, foreign and unknown are the same answer here: not a process that we may touch.
    return undefined;
  }
}

/** Ends a process that is not a child of this one: SIGTERM, then SIGKILL after the deadline. */
export async function endProcess(identity: ProcessIdentity, deadlineMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(identity))) return;
    process.kill(identity.pid, signal);
    const end = Date.now() + deadlineMs;
    while (Date.now() < end && (await isAlive(identity))) await delay(POLL_MS);
  }
}

async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold spaces; state is field 3, the start time field 22. A zombie runs no more.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    // No such process, or a system without /proc.
    return null;
  }
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
