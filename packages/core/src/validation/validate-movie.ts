import type { UnitWarning } from '../units/unit';

export interface ValidationReport {
  /** A document with one of these is not written. */
  readonly errors: readonly string[];
  readonly warnings: readonly UnitWarning[];
}

const MAX_TITLE_LENGTH = 500;
const LONG_TITLE_LENGTH = 100;
const POSTER_EXTENSION = /\.(jpe?g|png|webp|gif)$/i;

/**
 * The rules of sync-semantics §3.5 over a merged document, with the poster rule on the path and not the whole URL (B-33).
 * A URL that is null or '' is absent: earlier versions stored null videos (ST-M9), and such a title must stay writable.
 */
export function validateMovie(document: Readonly<Record<string, unknown>>): ValidationReport {
  const errors: string[] = [];
  const warnings: UnitWarning[] = [];
  const { title, videoURL, posterURL } = document;
  if (typeof title !== 'string' || title.trim() === '') errors.push('title is empty');
  else if (title.length > MAX_TITLE_LENGTH)
    errors.push(`title is longer than ${MAX_TITLE_LENGTH} characters`);
  else if (title.length > LONG_TITLE_LENGTH)
    warnings.push(warning(`title is longer than ${LONG_TITLE_LENGTH} characters`));
  if (isPresent(videoURL) && !isHttpUrl(videoURL)) errors.push('videoURL is not an http(s) URL');
  if (isPresent(posterURL)) {
    if (!isHttpUrl(posterURL)) errors.push('posterURL is not an http(s) URL');
    else if (!POSTER_EXTENSION.test(new URL(posterURL).pathname))
      warnings.push(warning('posterURL has no image extension'));
  }
  return { errors, warnings };
}

function isPresent(value: unknown): boolean {
  return value != null && value !== '';
}

function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function warning(message: string): UnitWarning {
  return { code: 'VALIDATION', message };
}
