import type { UnitWarning } from '../units/unit';

export interface ValidationReport {
  /** A document with one of these is not written. */
  readonly errors: readonly string[];
  readonly warnings: readonly UnitWarning[];
}

type Values = Readonly<Record<string, unknown>>;

/** One rule over a merged document (sync-semantics §3.5). */
type Rule = (document: Values, report: { readonly errors: string[]; readonly warnings: string[] }) => void;

const MAX_TITLE_LENGTH = 500;
const LONG_TITLE_LENGTH = 100;
const POSTER_EXTENSION = /\.(jpe?g|png|webp|gif)$/i;

const hasTitle: Rule = ({ title }, { errors, warnings }) => {
  if (typeof title !== 'string' || title.trim() === '') errors.push('title is empty');
  else if (title.length > MAX_TITLE_LENGTH)
    errors.push(`title is longer than ${MAX_TITLE_LENGTH} characters`);
  else if (title.length > LONG_TITLE_LENGTH)
    warnings.push(`title is longer than ${LONG_TITLE_LENGTH} characters`);
};

/** A URL that is null or '' is absent: earlier versions stored null videos (ST-M9), and such a title must stay writable. */
const hasVideoUrl: Rule = ({ videoURL }, { errors }) => {
  if (isPresent(videoURL) && !isHttpUrl(videoURL)) errors.push('videoURL is not an http(s) URL');
};

/** The path decides, not the whole URL with its token (B-33). */
const hasPosterUrl: Rule = ({ posterURL }, { errors, warnings }) => {
  if (!isPresent(posterURL)) return;
  if (!isHttpUrl(posterURL)) errors.push('posterURL is not an http(s) URL');
  else if (!POSTER_EXTENSION.test(new URL(posterURL).pathname))
    warnings.push('posterURL has no image extension');
};

const hasShow: Rule = ({ showId, showTitle }, { errors }) => {
  if (!isPresent(showId)) errors.push('showId is missing');
  if (typeof showTitle !== 'string' || showTitle.trim() === '') errors.push('showTitle is empty');
};

const isNumbered =
  (field: string, least: number): Rule =>
  ({ [field]: value }, { errors }) => {
    if (!Number.isInteger(value) || Number(value) < least)
      errors.push(`${field} is not a whole number from ${least}`);
  };

/** Only a warning, whatever the number: a show with many seasons is odd, but leaving it out would be wrong. */
const isUsual =
  (field: string, most: number): Rule =>
  ({ [field]: value }, { warnings }) => {
    if (typeof value === 'number' && value > most) warnings.push(`${field} is more than ${most}`);
  };

const validator =
  (...rules: readonly Rule[]) =>
  (document: Values): ValidationReport => {
    const report = { errors: [], warnings: new Array<string>() };
    for (const rule of rules) rule(document, report);
    return {
      errors: report.errors,
      warnings: report.warnings.map((message) => ({ code: 'VALIDATION', message })),
    };
  };

export const validateMovie = validator(hasTitle, hasVideoUrl, hasPosterUrl);
export const validateShow = validator(hasTitle, hasPosterUrl, isUsual('seasonCount', 20));
export const validateSeason = validator(
  hasTitle,
  hasShow,
  hasPosterUrl,
  isNumbered('seasonNumber', 0),
  isUsual('episodeCount', 50),
);
export const validateEpisode = validator(
  hasTitle,
  hasShow,
  hasVideoUrl,
  isNumbered('seasonNumber', 0),
  isNumbered('episodeNumber', 1),
);

function isPresent(value: unknown): boolean {
  return value != null && value !== '';
}

function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}
