import { z } from 'zod';

import { settingInfo, type SettingInfo } from './values';

/** One leaf of a schema and where it sits, e.g. `worker.concurrency.movies`. */
export interface Setting {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
  readonly info: SettingInfo;
}

export type SettingPath = readonly PropertyKey[];

export function listSettings(schema: z.core.$ZodType, path: readonly string[] = []): Setting[] {
  const info = settingInfo.get(schema);
  if (info !== undefined) return [{ path, schema, info }];
  if (schema instanceof z.ZodPrefault) return listSettings(schema.unwrap(), path);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, child]) =>
    listSettings(child, [...path, key]),
  );
}

/** `servers[1].timeouts.listingMs`; '' for the whole. */
export function formatPath(path: SettingPath): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('');
}

/**
 * Says what is wrong in terms of what the user wrote: `label` turns a path into the variable or the place in the file.
 * Only names and expectations are used, never zod's own message, which might quote a value.
 */
export function explainIssues(
  schema: z.core.$ZodType,
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
  label: (path: SettingPath) => string,
): string[] {
  const settings = listSettings(schema);
  const lines = issues.flatMap(({ path, ...issue }) => {
    if (issue.code === 'unrecognized_keys') {
      const known = `expected one of ${keysAt(settings, path).join(', ')}`;
      return issue.keys.map((key) => `${label([...path, key])}: unknown setting, ${known}`);
    }
    const missing = valueAt(input, path) === undefined ? 'missing, ' : '';
    const expected = settings.find((setting) => isPrefix(setting.path, path))?.info.expected;
    return `${label(path)}: ${missing}expected ${expected ?? 'an object with settings'}`;
  });
  return [...new Set(lines)];
}

function keysAt(settings: readonly Setting[], path: SettingPath): string[] {
  const keys = settings
    .filter((setting) => isPrefix(path, setting.path))
    .map((setting) => setting.path[path.length] ?? '');
  return [...new Set(keys)];
}

function isPrefix(prefix: SettingPath, path: SettingPath): boolean {
  return prefix.every((part, index) => part === path[index]);
}

export function valueAt(input: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
    return isObject(value) && typeof key === 'string' ? value[key] : undefined;
  }, input);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `ENOENT` and the like of an error of the operating system. */
export function errorCode(error: unknown): string | undefined {
  return isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
}
