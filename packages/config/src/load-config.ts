import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { ReelsyncError, type MediaServer } from '@reelsync/core';
import { z } from 'zod';

import { readConfigFile, readOptional, type ConfigFile, type ReadFile } from './config-file';
import { deepFreeze, type DeepReadonly } from './deep-freeze';
import { Findings } from './findings';
import {
  errorCode,
  explainIssues,
  formatPath,
  isObject,
  listSettings,
  valueAt,
  type Setting,
  type SettingPath,
} from './problems';
import { hasServerVariables, readServerVariables } from './server-variables';
import {
  buildServers,
  serverInputsOfFile,
  type ServerList,
  type ServerScan,
  type WebhookIdentity,
} from './servers';
import { settingsSchema, type Settings } from './settings-schema';
import { buildWebhookSources, type WebhookSource } from './webhook-sources';

/** Everything that can be configured, validated; deeply frozen. */
export type ReelsyncConfig = DeepReadonly<
  Omit<Settings, 'servers' | 'webhookIds' | 'serverDefaults' | 'schedules' | 'webhooks'> & {
    /** In the order of configuration; that order breaks ties of priority (AV-1). */
    servers: readonly MediaServer[];
    /** An id that several servers share is listed once for each of them. */
    webhookIds: readonly WebhookIdentity[];
    /** `serverScans`: of servers that are not scanned at the times of all, `scan`. */
    schedules: Settings['schedules'] & { serverScans: readonly ServerScan[] };
    webhooks: Omit<Settings['webhooks'], 'sources'> & { sources: readonly WebhookSource[] };
    /** What works but is probably not meant; to be logged at start. Holds no secrets. */
    warnings: readonly string[];
  }
>;

export interface LoadConfigOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where `.env` and the file are looked for. */
  readonly cwd: string;
  readonly readFile?: ReadFile;
  /** Programs that name the servers themselves need none here. Default: required. */
  readonly servers?: 'required' | 'optional';
}

const DEFAULT_HTTP_CONCURRENCY = 20;

/**
 * Reads `.env`, the environment (which wins) and the file once, and validates them as a whole.
 * @throws {ReelsyncError} CONFIG_INVALID, with one line for each problem and no configured value in any of them
 */
export function loadConfig({
  env,
  cwd,
  readFile = readTextFile,
  servers = 'required',
}: LoadConfigOptions): ReelsyncConfig {
  const findings = new Findings();
  const variables = mergeEnvironment(env, cwd, readFile, findings);
  const file = readConfigFile(variables, cwd, readFile, findings);
  const settings = parseSettings(variables, file, findings);
  const list = readServers(variables, file, settings, findings, servers === 'required');
  const sources = buildWebhookSources(
    file?.name ?? '',
    settings?.webhooks.sources ?? [],
    list.servers,
    findings,
  );
  if (settings === undefined || findings.problems.length > 0) {
    throw new ReelsyncError('CONFIG_INVALID', findings.problems.join('\n'));
  }
  const { database, redis, worker, api, events, sync, log } = settings;
  const { servers: mediaServers, webhookIds, serverScans } = list;
  const schedules = { ...settings.schedules, serverScans };
  const webhooks = { ...settings.webhooks, sources };
  const groups = { database, redis, worker, api, events, sync, schedules, webhooks, log };
  return deepFreeze({ servers: mediaServers, webhookIds, ...groups, warnings: findings.warnings });
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** An empty variable counts as not set: that is what compose files and shells make of an unset one. */
function mergeEnvironment(
  env: NodeJS.ProcessEnv,
  cwd: string,
  readFile: ReadFile,
  findings: Findings,
): NodeJS.ProcessEnv {
  const { text } = readOptional(join(cwd, '.env'), readFile, findings);
  const merged = { ...parseEnv(text ?? ''), ...env };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value?.trim()));
}

/** Overlays the file with the environment and parses the whole; undefined when anything is wrong. */
function parseSettings(
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
  findings: Findings,
): Settings | undefined {
  const envNames = new Map<string, string>();
  const input: Record<string, unknown> = { ...file?.content };
  for (const setting of listSettings(settingsSchema)) {
    const { path, info } = setting;
    const [group = '', ...rest] = path;
    if (rest.length === 0) continue;
    if (info.env !== undefined) envNames.set(formatPath(path), info.env);
    input[group] = overlay(input[group], rest, variableOf(setting, env, findings));
  }
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    const label = settingLabel(env, file, envNames);
    // A file that could not be understood may well hold what seems to be missing.
    const unreadable = file !== undefined && file.content === undefined;
    const issues = parsed.error.issues.filter(
      ({ path }) => !unreadable || valueAt(input, path) !== undefined,
    );
    findings.problem(...explainIssues(settingsSchema, input, issues, label));
    return undefined;
  }
  return withPoolSizes(parsed.data, input, settingLabel(env, file, envNames), findings);
}

function variableOf(
  { schema, info: { env: name, envOtherwise, expected } }: Setting,
  env: NodeJS.ProcessEnv,
  findings: Findings,
): string | undefined {
  const value = name === undefined ? undefined : env[name];
  if (value === undefined || envOtherwise === undefined || z.safeParse(schema, value).success) return value;
  findings.warn(`${name}: expected ${expected}; what it holds counts as ${envOtherwise}`);
  return envOtherwise;
}

/** Makes sure that the groups on the way exist; a group that is no object is left for the schema to complain about. */
function overlay(group: unknown, path: readonly string[], value: string | undefined): unknown {
  const members = group ?? {};
  const [key = '', ...rest] = path;
  if (!isObject(members)) return members;
  if (rest.length > 0) return { ...members, [key]: overlay(members[key], rest, value) };
  return value === undefined ? members : { ...members, [key]: value };
}

function settingLabel(
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
  envNames: ReadonlyMap<string, string>,
): (path: SettingPath) => string {
  return (path) => {
    const place = formatPath(path);
    const name = envNames.get(place);
    if (name !== undefined && env[name] !== undefined) return name;
    if (file !== undefined && valueAt(file.content, path) !== undefined) return `${file.name}: ${place}`;
    if (name !== undefined) return file === undefined ? name : `${name} (or ${file.name}: ${place})`;
    return file === undefined ? place : `${file.name}: ${place}`;
  };
}

/** The default minimum gives way to a small maximum, so that setting only the maximum works. */
function withPoolSizes(
  settings: Settings,
  input: unknown,
  label: (path: SettingPath) => string,
  findings: Findings,
): Settings {
  const { minPoolSize, maxPoolSize } = settings.database;
  if (minPoolSize <= maxPoolSize) return settings;
  const path = ['database', 'minPoolSize'];
  if (valueAt(input, path) !== undefined) {
    findings.problem(`${label(path)}: expected at most the maximum pool size`);
  }
  return { ...settings, database: { ...settings.database, minPoolSize: maxPoolSize } };
}

function readServers(
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
  settings: Settings | undefined,
  findings: Findings,
  isRequired: boolean,
): ServerList {
  // Whether the file lists servers decides who is asked; unknown when it cannot be understood.
  if (file !== undefined && file.content === undefined)
    return { servers: [], webhookIds: [], serverScans: [] };
  const concurrency = settings?.serverDefaults.concurrency ?? DEFAULT_HTTP_CONCURRENCY;
  const wildcardIds = settings?.webhookIds ?? [];
  const entries = file?.content?.['servers'];
  if (file !== undefined && Array.isArray(entries) && entries.length > 0) {
    if (hasServerVariables(env))
      findings.warn(
        `${file.name}: its servers are used; FILE_SERVER_URL, NODE_SERVER_URL and the like are ignored`,
      );
    return buildServers(serverInputsOfFile(file.name, entries), wildcardIds, concurrency, findings);
  }
  const variables = readServerVariables(env, findings);
  if (isRequired && variables.servers.length === 0)
    findings.problem(
      'FILE_SERVER_URL, NODE_SERVER_URL: missing, expected the addresses of a server (or a list of servers in reelsync.config.json)',
    );
  return buildServers(variables.servers, [...variables.wildcardIds, ...wildcardIds], concurrency, findings);
}
