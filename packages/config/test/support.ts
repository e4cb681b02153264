import { join } from 'node:path';

import { ReelsyncError } from '@reelsync/core';

import { loadConfig, type ReelsyncConfig } from '@reelsync/config';

export const CWD = '/srv/reelsync';

/** Loads with nothing but what is given: files by name, relative to the working directory. */
export function load(env: NodeJS.ProcessEnv, files: Readonly<Record<string, string>> = {}): ReelsyncConfig {
  const byPath = new Map(Object.entries(files).map(([name, text]) => [join(CWD, name), text]));
  return loadConfig({ env, cwd: CWD, readFile: (path) => byPath.get(path) });
}

export function problemsOf(env: NodeJS.ProcessEnv, files: Readonly<Record<string, string>> = {}): string[] {
  try {
    load(env, files);
  } catch (error) {
    if (error instanceof ReelsyncError && error.code === 'CONFIG_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

/** The least that works. */
export const MINIMAL = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017',
  FILE_SERVER_URL: 'https://files.example.com',
  NODE_SERVER_URL: 'https://files.example.com/node',
  WEBHOOK_ID: 'id-of-default',
} as const;
