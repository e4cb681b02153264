import type { IncomingMessage } from 'node:http';
import type { StaticFile } from '../contract/static-files';
import { movieFile, showFile } from '../contract/static-files';
import type { Library } from '../library/library';
import type { Reply } from './reply';
import { fileReply, htmlReply } from './reply';
import { decodeSegment } from './url-segments';

/** Answers a path of the static tree. `replace` lets a fault stand in for a file's content. */
export function staticReply(
  request: IncomingMessage,
  path: string,
  library: Library,
  prefix: string,
  replace: (file: StaticFile) => StaticFile,
): Reply {
  if (request.method !== 'GET' && request.method !== 'HEAD') return htmlReply(405, 'Not Allowed');
  const file = findFile(path, library, prefix);
  return file ? fileReply(request, replace(file)) : htmlReply(404, 'Not Found');
}

function findFile(path: string, library: Library, prefix: string): StaticFile | undefined {
  // The prefix is a whole leading segment: `/m` must not match `/movies` (contract §1.1).
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const segments = path
    .slice(prefix.length + 1)
    .split('/')
    .map(decodeSegment);
  const [kind, title, ...file] = segments;
  if (title == null || file.length === 0) return undefined;
  const inside: string[] = [];
  for (const segment of file) {
    if (segment === null) return undefined;
    inside.push(segment);
  }
  if (kind === 'movies') {
    const folder = library.movies.get(title);
    return folder && movieFile(library.name, title, folder, inside);
  }
  const folder = kind === 'tv' ? library.shows.get(title) : undefined;
  return folder && showFile(library.name, title, folder, inside);
}
