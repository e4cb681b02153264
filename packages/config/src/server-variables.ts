import type { Findings } from './findings';
import type { SettingPath } from './problems';
import { webhookIdList } from './values';

/** Input for the server schema, with the name of the variable behind each of its members. */
export interface ServerInput {
  readonly input: unknown;
  readonly label: (path: SettingPath) => string;
  /** Where it stands in the list, from 1; the priority when none is given. */
  readonly position: number;
}

export interface ServerVariables {
  readonly servers: readonly ServerInput[];
  readonly wildcardIds: readonly string[];
}

const VARIABLES = {
  baseUrl: 'FILE_SERVER_URL',
  nodeUrl: 'NODE_SERVER_URL',
  internalUrl: 'NODE_SERVER_INTERNAL_URL',
  prefix: 'FILE_SERVER_PREFIX_PATH',
  webhookId: 'WEBHOOK_ID',
  /** Without a number it is for every server that has none of its own. */
  scan: 'SYNC_SCHEDULE_SCAN',
} as const;

type Member = keyof typeof VARIABLES;

/**
 * Reads the numbered variables of existing installations (sync-semantics §2.1, contract §9.1): no suffix is the default
 * server with priority 1, `_n` is `server<n>` with priority n. Reading stops at the first missing `NODE_SERVER_URL_n`, as
 * it always did; but a server that is missed looks like a server that is gone, so each one is named in a warning.
 */
export function readServerVariables(env: NodeJS.ProcessEnv, findings: Findings): ServerVariables {
  const numbers = configuredNumbers(env, findings);
  const highest = lastRead(env, numbers);
  for (const number of numbers.filter((candidate) => candidate > highest)) {
    const missing = variable('nodeUrl', highest + 1);
    findings.warn(
      `${setName(env, number)}: ignored, because ${missing} is missing; there is no server${number}`,
    );
  }
  warnAboutLeftovers(env, new Set(numbers), findings);
  const servers = Array.from({ length: highest }, (_, index) => serverInput(env, index + 1));
  return { servers, wildcardIds: wildcardIds(env, highest, findings) };
}

export function hasServerVariables(env: NodeJS.ProcessEnv): boolean {
  return suffixes(env, 'baseUrl').length > 0 || suffixes(env, 'nodeUrl').length > 0;
}

function variable(member: Member, number: number): string {
  return number === 1 ? VARIABLES[member] : `${VARIABLES[member]}_${number}`;
}

function suffixes(env: NodeJS.ProcessEnv, member: Member): string[] {
  const name = VARIABLES[member];
  return Object.keys(env).flatMap((key) =>
    key === name || (key.startsWith(`${name}_`) && /^_\d+$/.test(key.slice(name.length)))
      ? [key.slice(name.length)]
      : [],
  );
}

/** '' is 1, `_2` is 2, …; `_0`, `_1` and `_02` were never read. */
function numberOf(suffix: string): number | undefined {
  if (suffix === '') return 1;
  return /^_([2-9]|[1-9]\d{1,3})$/.test(suffix) ? Number(suffix.slice(1)) : undefined;
}

/** Ascending numbers of the servers of which at least one address is set. */
function configuredNumbers(env: NodeJS.ProcessEnv, findings: Findings): number[] {
  const numbers = new Set<number>();
  for (const member of ['baseUrl', 'nodeUrl'] as const) {
    for (const suffix of suffixes(env, member)) {
      const number = numberOf(suffix);
      if (number !== undefined) numbers.add(number);
      else
        findings.warn(
          `${VARIABLES[member]}${suffix}: ignored, expected no suffix for the first server, then _2, _3, …`,
        );
    }
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The default server belongs to every list, so that a list starting at 2 is told what it lacks. */
function lastRead(env: NodeJS.ProcessEnv, numbers: readonly number[]): number {
  if (numbers.length === 0) return 0;
  let last = 1;
  while (env[variable('nodeUrl', last + 1)] !== undefined) last += 1;
  return last;
}

function setName(env: NodeJS.ProcessEnv, number: number): string {
  const nodeUrl = variable('nodeUrl', number);
  return env[nodeUrl] === undefined ? variable('baseUrl', number) : nodeUrl;
}

function warnAboutLeftovers(env: NodeJS.ProcessEnv, numbers: ReadonlySet<number>, findings: Findings): void {
  for (const member of ['internalUrl', 'prefix', 'scan'] as const) {
    for (const suffix of suffixes(env, member)) {
      if (member === 'scan' && suffix === '') continue;
      const number = numberOf(suffix);
      if (number === undefined || !numbers.has(number))
        findings.warn(`${VARIABLES[member]}${suffix}: ignored, because no server has this number`);
    }
  }
}

function serverInput(env: NodeJS.ProcessEnv, number: number): ServerInput {
  const input: Record<string, unknown> = { id: number === 1 ? 'default' : `server${number}` };
  const names = new Map<PropertyKey | undefined, string>();
  for (const member of ['baseUrl', 'nodeUrl', 'internalUrl', 'prefix', 'webhookId'] as const) {
    const name = variable(member, number);
    names.set(member, name);
    if (env[name] !== undefined) input[member] = env[name];
  }
  const scan = variable('scan', number);
  names.set('scan', scan);
  if (number > 1 && env[scan] !== undefined) input['scan'] = env[scan];
  return { input, position: number, label: ([member]) => names.get(member) ?? variable('nodeUrl', number) };
}

/** An id without a server is accepted from any sender (contract §9.1). */
function wildcardIds(env: NodeJS.ProcessEnv, highest: number, findings: Findings): string[] {
  return suffixes(env, 'webhookId').flatMap((suffix) => {
    const number = numberOf(suffix);
    if (number !== undefined && number <= highest) return [];
    const name = `${VARIABLES.webhookId}${suffix}`;
    const parsed = webhookIdList().safeParse(env[name]);
    if (parsed.success) return [parsed.data];
    findings.problem(`${name}: expected printable ASCII text, or a comma-separated list of such`);
    return [];
  });
}
