import { basename, extname, resolve } from 'node:path';

import { LineCounter, parseDocument } from 'yaml';

import type { Findings } from './findings';
import { errorCode, formatPath, isObject, type SettingPath } from './problems';

/** Returns undefined when there is no such file; throws when it is there but cannot be read. */
export type ReadFile = (path: string) => string | undefined;

export interface ConfigFile {
  /** As the user knows it, for messages. */
  readonly name: string;
  /** With `${NAME}` references resolved; undefined when the file cannot be understood. */
  readonly content: Readonly<Record<string, unknown>> | undefined;
}

const DEFAULT_NAMES = ['reelsync.config.json', 'reelsync.config.yaml', 'reelsync.config.yml'];
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Finds, reads and parses the file; its values are not judged here. */
export function readConfigFile(
  env: NodeJS.ProcessEnv,
  cwd: string,
  readFile: ReadFile,
  findings: Findings,
): ConfigFile | undefined {
  const found = findFile(env, cwd, readFile, findings);
  if (found === undefined) return undefined;
  const { name, text } = found;
  if (text === undefined) return { name, content: undefined };
  const parsed =
    extname(name) === '.json' ? parseJson(name, text, findings) : parseYaml(name, text, findings);
  if (parsed === undefined) return { name, content: undefined };
  const content = resolveReferences(parsed, env, [], (path, variable) =>
    findings.problem(`${name}: ${formatPath(path)}: expected the environment variable ${variable} to be set`),
  );
  if (isObject(content)) return { name, content };
  findings.problem(`${name}: expected an object with settings`);
  return { name, content: undefined };
}

/** A file that exists but cannot be read is a problem, not a missing file: `text` stays undefined. */
export function readOptional(
  path: string,
  readFile: ReadFile,
  findings: Findings,
): { readonly exists: boolean; readonly text: string | undefined } {
  try {
    const text = readFile(path);
    return { exists: text !== undefined, text };
  } catch (error) {
    findings.problem(`${basename(path)}: expected a readable file (${errorCode(error) ?? 'unknown error'})`);
    return { exists: true, text: undefined };
  }
}

interface FoundFile {
  readonly name: string;
  readonly text: string | undefined;
}

function findFile(
  env: NodeJS.ProcessEnv,
  cwd: string,
  readFile: ReadFile,
  findings: Findings,
): FoundFile | undefined {
  const named = env['REELSYNC_CONFIG'];
  if (named !== undefined) {
    const name = basename(named);
    if (!/^\.(json|ya?ml)$/.test(extname(name))) {
      findings.problem('REELSYNC_CONFIG: expected the path of a .json, .yaml or .yml file');
      return { name, text: undefined };
    }
    const { exists, text } = readOptional(resolve(cwd, named), readFile, findings);
    if (!exists) findings.problem('REELSYNC_CONFIG: expected the path of an existing file');
    return { name, text };
  }
  const found = DEFAULT_NAMES.flatMap((name) => {
    const { exists, text } = readOptional(resolve(cwd, name), readFile, findings);
    return exists ? [{ name, text }] : [];
  });
  const [first, ...others] = found;
  for (const other of others) findings.warn(`${other.name}: ignored, because ${first?.name ?? ''} is there`);
  return first;
}

/** Parsers quote the source in their messages, and the source may hold secrets: only the position is kept. */
function parseJson(name: string, text: string, findings: Findings): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const offset = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    const before = offset === undefined ? undefined : text.slice(0, Number(offset)).split('\n');
    const where =
      before === undefined ? '' : ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
    findings.problem(`${name}: expected valid JSON${where}`);
    return undefined;
  }
}

function parseYaml(name: string, text: string, findings: Findings): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  for (const error of document.errors) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    findings.problem(`${name}: expected valid YAML (line ${line}, column ${col}: ${error.code})`);
  }
  if (document.errors.length > 0) return undefined;
  try {
    // An empty file, or one with comments only, sets nothing.
    return document.toJS() ?? {};
  } catch {
    findings.problem(`${name}: expected YAML without unresolved or excessive aliases`);
    return undefined;
  }
}

/** Replaces `${NAME}` in texts, once: what a variable holds is taken literally. A null member counts as left out. */
function resolveReferences(
  value: unknown,
  env: NodeJS.ProcessEnv,
  path: SettingPath,
  onMissing: (path: SettingPath, variable: string) => void,
): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (reference, variable: string) => {
      const found = env[variable];
      if (found === undefined) onMissing(path, variable);
      return found ?? reference;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveReferences(item, env, [...path, index], onMissing));
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([key, member]) => [key, resolveReferences(member, env, [...path, key], onMissing)]),
  );
}
