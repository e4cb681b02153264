import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The cache of the project, so that Redis is downloaded once and not once per test run. */
export const CACHE_DIR = join(__dirname, '..', '..', '..', '..', '.reelsync', 'cache');

/** For processes: they load the built package. */
export const BUILT_PACKAGE = join(__dirname, '..', '..');

/** A fresh folder per call, removed after each test. */
export function useTemporaryFolders(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelsync-dev-services-'));
    folders.push(folder);
    return folder;
  };
}

/** Puts a program made of Node source on a PATH of its own. */
export function fakeProgram(folder: string, name: string, source: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!${process.execPath}\n${source}\n`);
  chmodSync(file, 0o755);
}

/** True for a process that exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
