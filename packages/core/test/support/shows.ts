import {
  joinMediaUrl,
  parseShowListing,
  planWrite,
  type EpisodeRecord,
  type FetchOutcome,
  type FieldValues,
  type LockTree,
  type MediaServer,
  type PlannedFetch,
  type Provider,
  type Resolution,
  type ShowListing,
} from '@reelsync/core';
import { applyPlan, NOW, type Document } from './catalogue';
import { readFixture, readListing } from './listings';

export const showMetadata = JSON.parse(readFixture('static.tv.metadata-file.json')) as FieldValues;
export const episodeMetadata = JSON.parse(readFixture('static.tv.episode.metadata-file.json')) as FieldValues;

/** Any text of enough base64 digits is a preview. */
export const PREVIEW = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAI'.padEnd(64, 'A');

export function listingOf(fixture: string, title: string): ShowListing {
  return parsedShow(readListing(fixture)[title]);
}

export function parsedShow(raw: unknown): ShowListing {
  const result = parseShowListing(raw);
  if (!result.ok) throw new Error(`not parsed: ${result.problem}`);
  return result.record;
}

export function episodeIn(listing: ShowListing, season: number, number: number): EpisodeRecord {
  const found = listing.seasons
    .find((one) => one.number === season)
    ?.episodes.episodes.find((episode) => episode.number === number);
  if (found === undefined) throw new Error(`no episode ${season}/${number}`);
  return found;
}

/** What the pass over one document is given besides what its kind needs. */
interface PassInput<R> {
  readonly providers: readonly Provider<R>[];
  readonly current: Document | null;
  readonly locks: LockTree | undefined;
  readonly authoritative: boolean;
  readonly applied: Readonly<Record<string, string>>;
  readonly force: boolean;
  readonly toUrl: (server: MediaServer, path: string) => string;
  readonly now: Date;
}

export interface Passed {
  readonly document: Document;
  readonly resolution: Resolution;
  readonly changedFields: readonly string[];
  readonly fetches: readonly PlannedFetch[];
}

interface PassOptions {
  readonly authoritative?: boolean;
  readonly force?: boolean;
  readonly locks?: LockTree;
}

/** One whole pass over a document: resolve, read the planned files, resolve again, plan the write, apply it. */
export function pass<R>(
  providers: readonly Provider<R>[],
  resolve: (input: PassInput<R>, outcomes?: ReadonlyMap<string, FetchOutcome>) => Resolution,
  files: (fetch: PlannedFetch) => FetchOutcome,
  stored?: Passed,
  { authoritative = true, force = false, locks }: PassOptions = {},
): Passed {
  const current = stored?.document ?? null;
  const input: PassInput<R> = {
    providers,
    current,
    locks,
    authoritative,
    applied: stored?.resolution.applied ?? {},
    force,
    toUrl: joinMediaUrl,
    now: NOW,
  };
  const { fetches } = resolve(input);
  const resolution = resolve(input, new Map(fetches.map((fetch) => [fetch.key, files(fetch)])));
  const plan = planWrite(current ?? {}, resolution.set, resolution.unset, locks);
  return {
    document: applyPlan(current ?? {}, plan),
    resolution,
    changedFields: plan.changedFields,
    fetches,
  };
}

/** Every file is there: previews are all the same, metadata is what is given. */
export const filesWith =
  (metadata: FieldValues) =>
  ({ content }: PlannedFetch): FetchOutcome => ({
    status: 'fresh',
    content: content === 'blurhash' ? PREVIEW : metadata,
  });
