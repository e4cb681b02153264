import type { ErrorCode, ReelsyncError, UnitWarning } from '@reelsync/core';

export type FlatMediaType = 'movie' | 'tvShow' | 'season' | 'episode';

/** Which document of the catalogue. `title` is the folder name of the movie or show. */
export interface FlatSubject {
  readonly mediaType: FlatMediaType;
  readonly title: string;
  readonly seasonNumber?: number;
  readonly episodeNumber?: number;
}

/** One document that was compared, and written where it differed. */
export interface FlatDetail extends FlatSubject {
  readonly serverId: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly displayTitle?: string;
  /** Catalogue fields that were written (B-30). */
  readonly changes: readonly string[];
  readonly warnings: readonly UnitWarning[];
}

/** A document that is not, or not wholly, in step. */
export interface FlatError extends FlatSubject {
  readonly serverId: string;
  readonly code: ErrorCode;
  readonly error: string;
}

/** What a listing holds but cannot be used; nothing is done about it. */
export interface FlatProblem extends FlatSubject {
  readonly serverId: string;
  readonly problem: string;
}

/** How one document ended. */
export interface FlatOutcome {
  readonly detail: FlatDetail;
  readonly errors: readonly ReelsyncError[];
}

/** Previews that were read as part of the passes. */
export interface FlatPreviews {
  readonly status: 'completed';
  readonly method: 'per-document';
  readonly results: { read: number; missing: number; failed: number };
}

interface Section {
  readonly processed: FlatDetail[];
  readonly errors: FlatError[];
}

/** What one server pass did, in the shape of the earlier flat sync (sync-semantics §9.4, legacy row). */
export interface FlatSyncResult {
  readonly serverId: string;
  readonly movies: Section & { readonly initialized: { created: number; readonly movies: string[] } };
  readonly tvShows: Section;
  /** Skipped: their show could not be written. */
  readonly seasons: Section & { readonly skippedSeasons: FlatSubject[] };
  readonly episodes: Section & {
    readonly newEpisodes: FlatSubject[];
    readonly skippedEpisodes: FlatSubject[];
  };
  readonly blurhash: FlatPreviews;
  /** What is new in the catalogue, for whoever tells people about it (B-17). */
  readonly notifications: { readonly created: FlatDetail[] };
  readonly problems: FlatProblem[];
  /** Incomplete: one of them cannot be built, or differs in being unique. */
  readonly indexes: 'complete' | 'incomplete' | 'skipped';
  readonly performance: {
    readonly startTime: Date;
    readonly endTime: Date;
    readonly totalTimeSeconds: number;
  };
}

/** One run over all servers. */
export interface FlatSyncAllResult {
  readonly servers: Readonly<Record<string, FlatSyncResult>>;
  /** Servers that did not give both listings, or one that lost too much to be believed. What breaks a pass off ends the run. */
  readonly errors: readonly { readonly serverId: string; readonly code: ErrorCode; readonly error: string }[];
  /** Documents by what became of them over all passes. A document that failed and was changed counts as failed. */
  readonly summary: {
    readonly created: number;
    readonly updated: number;
    readonly unchanged: number;
    readonly failed: number;
  };
  readonly durationMs: number;
}

export function emptyResult(serverId: string, startTime: Date): FlatSyncResult {
  return {
    serverId,
    movies: { processed: [], errors: [], initialized: { created: 0, movies: [] } },
    tvShows: { processed: [], errors: [] },
    seasons: { processed: [], errors: [], skippedSeasons: [] },
    episodes: { processed: [], errors: [], newEpisodes: [], skippedEpisodes: [] },
    blurhash: { status: 'completed', method: 'per-document', results: { read: 0, missing: 0, failed: 0 } },
    notifications: { created: [] },
    problems: [],
    indexes: 'skipped',
    performance: { startTime, endTime: startTime, totalTimeSeconds: 0 },
  };
}

export function sectionOf(result: FlatSyncResult, mediaType: FlatMediaType): Section {
  switch (mediaType) {
    case 'movie':
      return result.movies;
    case 'tvShow':
      return result.tvShows;
    case 'season':
      return result.seasons;
    case 'episode':
      return result.episodes;
  }
}

export function addOutcome(result: FlatSyncResult, { detail, errors }: FlatOutcome): void {
  const { mediaType, title, seasonNumber, episodeNumber, serverId } = detail;
  const section = sectionOf(result, mediaType);
  section.processed.push(detail);
  for (const { code, message } of errors) {
    section.errors.push({
      mediaType,
      title,
      ...(seasonNumber === undefined ? {} : { seasonNumber }),
      ...(episodeNumber === undefined ? {} : { episodeNumber }),
      serverId,
      code,
      error: message,
    });
  }
  if (detail.outcome !== 'created') return;
  result.notifications.created.push(detail);
  if (mediaType === 'movie') {
    result.movies.initialized.created += 1;
    result.movies.initialized.movies.push(title);
  }
  if (mediaType === 'episode') result.episodes.newEpisodes.push(detail);
}

/** Over several passes a document counts once, by the worst and then the greatest thing that happened to it. */
export function summarize(results: readonly FlatSyncResult[]): FlatSyncAllResult['summary'] {
  const rank = ['unchanged', 'updated', 'created', 'failed'] as const;
  const ends = new Map<string, (typeof rank)[number]>();
  const note = (subject: FlatSubject, end: (typeof rank)[number]): void => {
    const { mediaType, title, seasonNumber, episodeNumber } = subject;
    const key = JSON.stringify([mediaType, title, seasonNumber, episodeNumber]);
    const known = ends.get(key);
    if (known === undefined || rank.indexOf(end) > rank.indexOf(known)) ends.set(key, end);
  };
  for (const { movies, tvShows, seasons, episodes } of results) {
    for (const { processed, errors } of [movies, tvShows, seasons, episodes]) {
      for (const detail of processed) note(detail, detail.outcome);
      for (const error of errors) note(error, 'failed');
    }
    for (const skipped of [...seasons.skippedSeasons, ...episodes.skippedEpisodes]) note(skipped, 'failed');
  }
  const count = (end: (typeof rank)[number]): number =>
    [...ends.values()].filter((one) => one === end).length;
  return {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    failed: count('failed'),
  };
}
