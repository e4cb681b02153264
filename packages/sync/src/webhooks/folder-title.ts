import { posix, win32 } from 'node:path';

const WINDOWS_ROOT = /^(?:[A-Za-z]:[\\/]|\\\\)/;

/**
 * The title that a path of another machine belongs to: the name of the folder right under one of the roots, byte for byte.
 * The root decides how paths are read, for on POSIX a backslash may be part of a name. Undefined outside of all roots.
 */
export function titleUnderRoots(path: string, roots: readonly string[]): string | undefined {
  // Of nested roots the inner one is meant.
  const innerFirst = [...roots].sort((a, b) => b.length - a.length);
  for (const root of innerFirst) {
    const title = WINDOWS_ROOT.test(root) ? underWindows(path, root) : underPosix(path, root);
    if (title !== undefined) return title;
  }
  return undefined;
}

function underPosix(path: string, root: string): string | undefined {
  if (!posix.isAbsolute(path)) return undefined;
  return firstFolder(posix.relative(root, path), posix.sep);
}

/** Windows compares without regard to case and takes both slashes; `win32.relative` does too. */
function underWindows(path: string, root: string): string | undefined {
  if (!WINDOWS_ROOT.test(path)) return undefined;
  const relative = win32.relative(root, path);
  return win32.isAbsolute(relative) ? undefined : firstFolder(relative, win32.sep);
}

function firstFolder(relative: string, separator: string): string | undefined {
  const [first = ''] = relative.split(separator);
  return first === '' || first === '..' ? undefined : first;
}
