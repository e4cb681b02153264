import { Dice } from '../random';
import type { LibraryName } from './generate-movie';
import { makeEpisode, seasonPoster } from './generate-show';
import { makeImage } from './generate-movie';
import type { FileTime, ImageFile } from './media-files';
import type { ShowMutation } from './mutations';
import type { EpisodeFiles, SeasonFolder, ShowFolder } from './show-folder';
import { episodeKey, episodeNumberOf, findSeason, seasonNumberOf } from './show-folder';

type FolderMutation = Exclude<ShowMutation, { type: 'removeShow' }>;

/** The folder after a change made at `now`. Throws when the change makes no sense for the folder. */
export function mutateShow(
  folder: ShowFolder,
  mutation: FolderMutation,
  library: LibraryName,
  now: FileTime,
): ShowFolder {
  const { title } = mutation;
  switch (mutation.type) {
    case 'renameShow':
      return renamed(folder, mutation.name, now);
    case 'replaceSeasonPoster': {
      const season = seasonOf(folder, title, mutation.season);
      const poster = season.poster ?? seasonPoster(season.name, new Dice(title));
      return withSeason(folder, { ...season, poster: otherPicture(poster, now) });
    }
    case 'addEpisode':
      return addEpisode(folder, title, mutation.season, library, now);
    case 'replaceThumbnail': {
      const { season, episode } = episodeOf(folder, title, mutation.season, mutation.episode);
      const number = String(episodeNumberOf(episode.video.name)).padStart(2, '0');
      const thumbnail = episode.thumbnail ?? makeImage(`${number} - Thumbnail.jpg`, new Dice(title));
      return withSeason(
        folder,
        withEpisode(season, episode, { ...episode, thumbnail: otherPicture(thumbnail, now) }),
      );
    }
    case 'removeEpisode': {
      const { season, episode } = episodeOf(folder, title, mutation.season, mutation.episode);
      return withSeason(folder, withEpisode(season, episode, null));
    }
  }
}

function renamed(folder: ShowFolder, name: string, now: FileTime): ShowFolder {
  const before = folder.metadata?.read() ?? {};
  const content = typeof before === 'string' ? { name } : { ...before, name };
  return { ...folder, metadata: { mtime: now, read: () => content } };
}

function otherPicture(image: ImageFile, now: FileTime): ImageFile {
  return { ...image, mtime: now, version: image.version + 1, preview: true };
}

function seasonOf(folder: ShowFolder, title: string, name: string): SeasonFolder {
  const season = findSeason(folder, name);
  if (!season) throw new Error(`"${title}" has no season folder "${name}"`);
  return season;
}

function episodeOf(
  folder: ShowFolder,
  title: string,
  seasonName: string,
  key: string,
): { season: SeasonFolder; episode: EpisodeFiles } {
  const season = seasonOf(folder, title, seasonName);
  const episode = season.episodes.find((one) => episodeKey(season.name, one.video.name) === key);
  if (!episode) throw new Error(`"${title}" has no episode ${key} in "${seasonName}"`);
  return { season, episode };
}

/** A season without episodes is no season: only folders that hold an mp4 are listed. */
function withSeason(folder: ShowFolder, changed: SeasonFolder): ShowFolder {
  const known = folder.seasons.some((season) => season.name === changed.name);
  const seasons = known
    ? folder.seasons.map((season) => (season.name === changed.name ? changed : season))
    : [...folder.seasons, changed];
  return { ...folder, seasons: seasons.filter((season) => season.episodes.length > 0) };
}

function withEpisode(season: SeasonFolder, before: EpisodeFiles, after: EpisodeFiles | null): SeasonFolder {
  return {
    ...season,
    episodes: season.episodes.flatMap((episode) => (episode === before ? (after ?? []) : episode)),
  };
}

function addEpisode(
  folder: ShowFolder,
  title: string,
  seasonName: string,
  library: LibraryName,
  now: FileTime,
): ShowFolder {
  const season = findSeason(folder, seasonName) ?? { name: seasonName, poster: null, episodes: [] };
  const number = Math.max(0, ...season.episodes.map(({ video }) => episodeNumberOf(video.name))) + 1;
  const seasonNumber = seasonNumberOf(seasonName);
  const key = `S${String(seasonNumber).padStart(2, '0')}E${String(number).padStart(2, '0')}`;
  const dice = new Dice(`${library}/${title}/${now}`);
  const made = makeEpisode(
    `${title} - ${key} - New WEBDL-1080p.mp4`,
    seasonName,
    seasonNumber,
    number,
    library,
    dice,
  );
  const added = { ...made, video: { ...made.video, mtime: now, probe: 'full' as const } };
  return withSeason(folder, { ...season, episodes: [...season.episodes, added] });
}
