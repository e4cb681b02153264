/*
 * The one parser of season and episode keys (CL-6, B-20, B-21): sync, presence and reports all use it. Servers key seasons
 * by folder name and episodes by `SxxEyy`, older ones by file name (contract §3.6, §10).
 */

const SPECIALS = /^specials?$/i;
const SEASON = /^(?:season|s)?[\s._-]*(\d+)$/i;
const FIRST_DIGITS = /\d+/;
const EPISODE = /s\d+\s*e(\d+)/i;
/** `1x05`; not `16x9` or `1920x1080`. */
const CROSSED = /(?<![\da-z])\d{1,2}x(\d{2,})/i;
/** Of `01 - Pilot.mp4`; not those of `1x00`, of `1080p`, of a year, or of a date. */
const LEADING_DIGITS = /^(?!(?:18|19|20)\d\d(?!\d))(\d{1,4})(?!\d|x\d|p\b|[-._]\d{1,2}[-._]\d)/i;

/**
 * The season that a folder holds, or undefined when that cannot be told. A usual name decides by itself; an unusual one
 * that contains digits is believed as the server reads it; one without digits is not guessed at (servers say 0 for all
 * of those).
 */
export function parseSeasonNumber(folder: string, seasonNumber: number | undefined): number | undefined {
  const name = folder.trim();
  if (SPECIALS.test(name)) return 0;
  const digits = SEASON.exec(name)?.[1];
  const number = digits === undefined && mayHaveSeasonNumber(name) ? seasonNumber : toNumber(digits);
  return isNumber(number) && number >= 0 ? number : undefined;
}

/** Whether a folder of an unusual name holds a season whenever the server gives it a number. */
export function mayHaveSeasonNumber(folder: string): boolean {
  return FIRST_DIGITS.test(folder);
}

/**
 * The number of an episode, from 1, or undefined. The server's own `episodeNumber` counts first (contract §3.6); else
 * `SxxEyy` or `1x05` in the key or the file name, never simply the first digits, which are the season's (B-20); at last the
 * few digits that the key of an older server begins with.
 */
export function parseEpisodeNumber(
  key: string,
  fileName: string | undefined,
  episodeNumber: number | undefined,
): number | undefined {
  const candidates = [
    episodeNumber,
    toNumber(EPISODE.exec(key)?.[1]),
    toNumber(EPISODE.exec(fileName ?? '')?.[1]),
    toNumber(CROSSED.exec(key)?.[1]),
    toNumber(CROSSED.exec(fileName ?? '')?.[1]),
    toNumber(LEADING_DIGITS.exec(key)?.[1]),
  ];
  return candidates.find((number) => isNumber(number) && number >= 1);
}

/** Folders of one season in the order in which they win an episode that both hold: `Season N` first. */
export function compareSeasonFolders(a: string, b: string): number {
  const rank = Number(!isCanonical(a)) - Number(!isCanonical(b));
  return rank !== 0 ? rank : a < b ? -1 : a > b ? 1 : 0;
}

function isCanonical(folder: string): boolean {
  return /^Season \d+$/.test(folder);
}

/** Larger ones than these cannot be told apart, and no job takes them. */
function isNumber(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
