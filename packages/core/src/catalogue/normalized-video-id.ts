import { createHash } from 'node:crypto';

/** Sites whose videos are told apart by query or host, not by path alone. */
const WHOLE_URL_HOSTS = /(^|\.)(youtube\.com|youtu\.be|vimeo\.com|dailymotion\.com)$/i;

/**
 * The join key with WatchHistory (sync-semantics §1.9, DM-5): decode until stable, keep the path only (the whole URL for
 * video sites), lower-case, SHA-256, first 16 hex characters. The one implementation; always computed from the
 * `videoURL` that is stored, in the same write (DM-6).
 */
export function normalizedVideoId(videoURL: string): string {
  const decoded = decodeUntilStable(videoURL);
  return createHash('sha256').update(identityOf(decoded).toLowerCase()).digest('hex').slice(0, 16);
}

function decodeUntilStable(value: string): string {
  let current = value;
  for (;;) {
    const next = tryDecode(current);
    if (next === current) return current;
    current = next;
  }
}

function tryDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A bare % (as in `100% Wolf`) is as decoded as it gets.
    return value;
  }
}

function identityOf(decoded: string): string {
  if (!URL.canParse(decoded)) return decoded;
  const url = new URL(decoded);
  return WHOLE_URL_HOSTS.test(url.hostname) ? url.href : url.pathname;
}
