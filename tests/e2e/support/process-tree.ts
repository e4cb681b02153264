import { readdirSync, readFileSync } from 'node:fs';

interface ProcessRecord {
  readonly pid: number;
  readonly parent: number;
  /** With the start time a pid is unique until the next boot. */
  readonly key: string;
  readonly command: string;
}

/** Remembers every process that descends from one process, also those that have left it since. Needs /proc. */
export class ProcessTree {
  private readonly known = new Map<string, string>();

  constructor(private readonly root: number) {}

  /** Looks at what runs now. Descendants can only be found while their parents live: call it often. */
  look(): void {
    const all = runningProcesses();
    const family = new Set([this.root]);
    for (let before = 0; before < family.size;) {
      before = family.size;
      for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
    }
    for (const { pid, key, command } of all) if (family.has(pid)) this.known.set(key, command);
  }

  get size(): number {
    return this.known.size;
  }

  /** Commands of the remembered processes that still run. */
  survivors(): string[] {
    return runningProcesses().flatMap(({ key, command }) => (this.known.has(key) ? [command] : []));
  }
}

function runningProcesses(): ProcessRecord[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => recordOf(Number(name)) ?? []);
}

function recordOf(pid: number): ProcessRecord | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold spaces; then state (3), parent (4), …, start time (22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), key: `${pid}/${fields[19] ?? ''}`, command };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
