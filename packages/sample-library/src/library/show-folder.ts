import type { Captions, FileTime, Focal, ImageFile, ImageKind, MetadataFile, VideoFile } from './media-files';

/** One episode's files. Its number follows from file and folder names (contract §3.6). */
export interface EpisodeFiles {
  readonly video: VideoFile;
  readonly thumbnail: ImageFile | null;
  readonly metadata: MetadataFile | null;
  readonly captions: Captions;
  readonly chapters: { readonly mtime: FileTime } | null;
}

export interface SeasonFolder {
  /** Usually `Season 1`, but any name occurs. */
  readonly name: string;
  readonly poster: ImageFile | null;
  readonly episodes: readonly EpisodeFiles[];
}

/** One show folder on the disk of one server. Immutable: a mutation makes a new one. */
export interface ShowFolder {
  readonly images: Readonly<Partial<Record<ImageKind, ImageFile>>>;
  readonly metadata: MetadataFile | null;
  readonly seasons: readonly SeasonFolder[];
  readonly backdropFocal: Focal | null;
  readonly backdropFocalSuggested: Focal | null;
}

/** First digit run of the folder name, else 0: `Season 0` and `Specials` are both season 0. */
export function seasonNumberOf(folder: string): number {
  return Number(/\d+/.exec(folder)?.[0] ?? 0);
}

/** Digits after `SxxE`, else the first digit run of the file name, extension included: `Bonus.mp4` is episode 4. */
export function episodeNumberOf(fileName: string): number {
  const match = /S\d+E(\d+)/i.exec(fileName) ?? /(\d+)/.exec(fileName);
  return Number(match?.[1] ?? 0);
}

/** The season part always comes from the folder, never from the file. */
export function episodeKey(seasonFolder: string, fileName: string): string {
  const padded = (value: number): string => String(value).padStart(2, '0');
  return `S${padded(seasonNumberOf(seasonFolder))}E${padded(episodeNumberOf(fileName))}`;
}

export function findSeason(folder: ShowFolder, name: string): SeasonFolder | undefined {
  return folder.seasons.find((season) => season.name === name);
}

/** Folder and key of an episode by its numbers, as mutations name it; undefined when the show has no such one. */
export function locateEpisode(
  { seasons }: ShowFolder,
  seasonNumber: number,
  episodeNumber: number,
): { readonly season: string; readonly episode: string } | undefined {
  for (const season of seasons.filter(({ name }) => seasonNumberOf(name) === seasonNumber)) {
    for (const [key, { video }] of episodesByKey(season))
      if (episodeNumberOf(video.name) === episodeNumber) return { season: season.name, episode: key };
  }
  return undefined;
}

/** Two files with one key overwrite each other: the later one in the folder counts. */
export function episodesByKey(season: SeasonFolder): Map<string, EpisodeFiles> {
  return new Map(season.episodes.map((episode) => [episodeKey(season.name, episode.video.name), episode]));
}
