import type { SeasonFolder, ShowFolder } from '../library/show-folder';
import type { Publication } from './movie-entry';
import type { TitleHash } from './movie-hashes';
import { combined, FIRST_GENERATED, generatedText } from './movie-hashes';
import type { EpisodeEntry, SeasonEntry, ShowEntry } from './show-entry';
import { showEntry } from './show-entry';
import { recordHash } from './tokens';

/** An entry of a per-show or per-season hash document. */
export interface RowHash {
  readonly hash: string;
  readonly lastModified: string;
  readonly generated: string;
}

export interface ShowHashes {
  readonly title: TitleHash;
  /** By folder name with a leading `Season ` removed: `1`, `02`, `Specials`. */
  readonly seasons: Readonly<Record<string, RowHash>>;
}

export interface SeasonHashes {
  readonly hash: string;
  readonly episodes: Readonly<Record<string, RowHash>>;
}

/** The hashes of one show (contract §5.1, §5.2). Nothing inside a season moves the show hash. */
export function showHashes(
  title: string,
  folder: ShowFolder,
  publication: Publication,
  changedAt: number | null,
): ShowHashes {
  const entry = showEntry(title, folder, publication);
  const episodes = Object.values(entry.seasons).flatMap((season) =>
    Object.values(season.episodes).map(episodeHash),
  );
  const { generated, lastModified } = rowTimes(changedAt);
  const seasons = folder.seasons.map(({ name }): [string, RowHash] => [
    seasonSegment(name),
    { hash: seasonHash(entry.seasons[name]), lastModified, generated },
  ]);
  return {
    title: {
      hash: combined(headerHash(title, folder, entry)),
      contentHash: recordHash(episodes.toSorted()),
      // The time of generation, not of any file: useless as a change signal (contract §5.1).
      lastModified,
      generated,
    },
    seasons: Object.fromEntries(seasons),
  };
}

/** The hashes of one season, or null: the folder must be called exactly `Season <segment>`. */
export function seasonHashes(
  title: string,
  folder: ShowFolder,
  segment: string,
  publication: Publication,
  changedAt: number | null,
): SeasonHashes | null {
  const season = showEntry(title, folder, publication).seasons[`Season ${segment}`];
  if (!season) return null;
  const { generated } = rowTimes(changedAt);
  const rows = Object.entries(season.episodes).map(([key, episode]): [string, RowHash] => [
    key,
    { hash: episodeHash(episode), lastModified: episode.mediaLastModified, generated },
  ]);
  return { hash: seasonHash(season), episodes: Object.fromEntries(rows) };
}

const seasonSegment = (folder: SeasonFolder['name']): string => folder.replace(/^Season /, '');

function rowTimes(changedAt: number | null): { generated: string; lastModified: string } {
  return {
    generated: generatedText(changedAt),
    lastModified: new Date(changedAt ?? FIRST_GENERATED).toISOString(),
  };
}

function headerHash(title: string, folder: ShowFolder, entry: ShowEntry): string {
  const { poster, logo, backdrop } = entry;
  return recordHash([
    title,
    folder.metadata?.read() ?? null,
    poster,
    logo,
    backdrop,
    folder.seasons.map(({ name }) => name),
  ]);
}

function seasonHash(season: SeasonEntry | undefined): string {
  return combined(
    recordHash([season?.seasonNumber, season?.season_poster, Object.keys(season?.episodes ?? {})]),
  );
}

function episodeHash(episode: EpisodeEntry): string {
  const {
    _id,
    filename,
    videoURL,
    mediaLastModified,
    hdr,
    mediaQuality,
    thumbnail,
    metadata,
    chapters,
    subtitles,
  } = episode;
  return combined(
    recordHash({
      _id,
      filename,
      videoURL,
      mediaLastModified,
      hdr,
      mediaQuality,
      thumbnail,
      metadata,
      chapters,
      subtitles,
    }),
  );
}
