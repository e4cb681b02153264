import { readFile } from 'node:fs/promises';

const KIB = 1024;

/** Peak resident memory of a process in bytes since its start, from proc(5). Throws where there is no /proc. */
export async function peakResidentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (peak === undefined) throw new Error(`/proc/${pid}/status names no peak memory`);
  return Number(peak) * KIB;
}
