import { createHash } from 'node:crypto';

const WHOLE_URL_HOSTS = /(?:^|\.)(?:youtube\.com|youtu\.be|vimeo\.com|dailymotion\.com)$/;

/** The join key with watch histories (sync semantics §1.9), written here a second time on purpose. */
export function normalizedVideoId(url: string): string {
  const decoded = decodeUntilStable(url);
  const parsed = URL.canParse(decoded) ? new URL(decoded) : null;
  const kept = parsed === null || WHOLE_URL_HOSTS.test(parsed.hostname) ? decoded : parsed.pathname;
  return createHash('sha256').update(kept.toLowerCase()).digest('hex').slice(0, 16);
}

function decodeUntilStable(text: string): string {
  for (let current = text; ;) {
    let next: string;
    try {
      next = decodeURIComponent(current);
    } catch (error) {
      // A bare `%` is left: nothing more to decode.
      if (error instanceof URIError) return current;
      throw error;
    }
    if (next === current) return current;
    current = next;
  }
}
