import { Dice } from '../random';
import type { EncodeName } from './encodes';
import { fileTime, makeImage, makeVideo } from './generate-movie';
import type { LibraryName } from './generate-movie';
import { captionFile, FOCALS, IMAGE_KINDS } from './media-files';
import type { ImageFile, ImageKind } from './media-files';
import type { EpisodeFiles, SeasonFolder, ShowFolder } from './show-folder';
import { episodeMetadata, showMetadata } from './show-metadata';

const ENCODES: Readonly<Record<LibraryName, readonly [EncodeName, ...EncodeName[]]>> = {
  alpha: ['sdr', 'sdr720', 'untagged', 'sdr10'],
  beta: ['hdr10', 'sdr', 'dolbyVision', 'hlg'],
};
const CAPTION: Readonly<Record<LibraryName, string>> = { alpha: 'English', beta: 'French' };
const IMAGES: Readonly<Record<ImageKind, string>> = {
  poster: 'show_poster.jpg',
  backdrop: 'show_backdrop.jpg',
  logo: 'show_logo.png',
};

/** The folder that one server holds of a show, before any mutation. Seasons and episodes differ between servers. */
export function generateShow(title: string, name: string, library: LibraryName, seed: number): ShowFolder {
  const shared = new Dice(`${seed}/${title}`);
  const dice = new Dice(`${seed}/${library}/${title}`);
  const seasons = Array.from({ length: 1 + shared.below('seasons', 4) }, (_, index) => ({
    number: index + 1,
    episodes: 3 + shared.below(`episodes of ${index + 1}`, 6),
  }));
  const images: Partial<Record<ImageKind, ImageFile>> = {};
  for (const kind of IMAGE_KINDS) if (dice.chance(kind, 80)) images[kind] = makeImage(IMAGES[kind], dice);
  return {
    images,
    metadata: dice.chance('metadata', 92)
      ? { mtime: fileTime(dice, 'metadata.json'), read: () => showMetadata(name, library, seasons) }
      : null,
    seasons: seasons
      .filter(({ number }) => dice.chance(`season ${number}`, 85))
      .map(({ number, episodes }) =>
        generateSeason(title, `Season ${number}`, number, episodes, library, dice),
      ),
    backdropFocal: dice.chance('focal', 8) ? dice.pick('focal value', FOCALS) : null,
    backdropFocalSuggested: dice.chance('suggested', 50) ? dice.pick('suggested value', FOCALS) : null,
  };
}

function generateSeason(
  title: string,
  folder: string,
  number: number,
  episodes: number,
  library: LibraryName,
  dice: Dice,
): SeasonFolder {
  const files = Array.from({ length: episodes }, (_, index) => index + 1)
    .filter((episode) => dice.chance(`${folder} episode ${episode}`, 92))
    .map((episode) => {
      const code = `S${String(number).padStart(2, '0')}E${String(episode).padStart(2, '0')}`;
      return makeEpisode(
        `${title} - ${code} - Part ${episode} WEBDL-1080p.mp4`,
        folder,
        number,
        episode,
        library,
        dice,
      );
    });
  const poster = dice.chance(`${folder} poster`, 85) ? seasonPoster(folder, dice) : null;
  return { name: folder, poster, episodes: files };
}

export function seasonPoster(folder: string, dice: Dice): ImageFile {
  return { ...makeImage('season_poster.jpg', dice), mtime: fileTime(dice, `${folder}/season_poster.jpg`) };
}

/** An ordinary episode: video, most often thumbnail, metadata and captions. */
export function makeEpisode(
  fileName: string,
  folder: string,
  season: number,
  episode: number,
  library: LibraryName,
  dice: Dice,
): EpisodeFiles {
  const id = `${folder}/${fileName}`;
  const number = String(episode).padStart(2, '0');
  const stem = fileName.replace(/\.mp4$/, '');
  const label = CAPTION[library];
  const captioned = dice.chance(`captions of ${id}`, 60);
  const name = `Part ${episode} of season ${season}`;
  return {
    video: {
      ...makeVideo(fileName, dice.pick(`encode of ${id}`, ENCODES[library]), dice),
      mtime: fileTime(dice, id),
      probe: dice.chance(`probe of ${id}`, 1) ? 'failed' : 'full',
    },
    thumbnail: dice.chance(`thumbnail of ${id}`, 85)
      ? { ...makeImage(`${number} - Thumbnail.jpg`, dice), mtime: fileTime(dice, `${id} thumbnail`) }
      : null,
    metadata: dice.chance(`metadata of ${id}`, 90)
      ? {
          mtime: fileTime(dice, `${id} metadata`),
          read: () => episodeMetadata(name, library, season, episode),
        }
      : null,
    captions: {
      files: captioned ? [captionFile(label, stem, fileTime(dice, `${id} captions`))] : [],
      pending: [],
    },
    chapters: dice.chance(`chapters of ${id}`, 15) ? { mtime: fileTime(dice, `${id} chapters`) } : null,
  };
}
