import type { EpisodeEntry, SeasonEntry } from '../contract/show-entry';
import type { MediaQuality } from '../contract/video-facts';
import type { JsonObject, JsonValue } from '../json';
import type { EpisodeFiles } from '../library/show-folder';
import { episodesByKey, findSeason } from '../library/show-folder';
import type { ExpectedCaption } from './captions';
import { mergeCaptions } from './captions';
import { ownedImage } from './expected-images';
import { normalizedVideoId } from './normalized-video-id';
import type { Offer } from './servers';
import { absoluteUrl, ownerOf } from './servers';
import { dated, present } from './values';

/** An episode as the catalogue must hold it (sync semantics §1.6). */
export interface ExpectedEpisode {
  readonly type: 'episode';
  readonly title: string;
  readonly titleSource: string;
  /** Folder name of the show. */
  readonly originalTitle: string;
  /** Display title of the show. */
  readonly showTitle: string;
  readonly seasonNumber: number;
  readonly episodeNumber: number;
  readonly videoURL?: string;
  readonly normalizedVideoId?: string;
  readonly videoSource?: string;
  readonly videoInfoSource?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly dimensions?: string;
  /** Kilobytes, fractional: the unit differs from movies. */
  readonly size?: number;
  readonly hdr?: string;
  readonly mediaQuality?: MediaQuality;
  readonly mediaLastModified?: Date;
  readonly thumbnail?: string;
  readonly thumbnailSource?: string;
  readonly thumbnailBlurhash?: string;
  readonly thumbnailBlurhashSource?: string;
  readonly captionURLs?: Readonly<Record<string, ExpectedCaption>>;
  readonly captionSource?: string;
  readonly chapterURL?: string;
  readonly chapterSource?: string;
  readonly metadata?: JsonObject;
  readonly metadataSource?: string;
  readonly airDate?: Date;
  readonly runtime?: JsonValue;
  readonly rating?: JsonValue;
  readonly overview?: JsonValue;
  readonly stillPath?: JsonValue;
  readonly crew?: JsonValue;
  readonly guestStars?: JsonValue;
}

/** One season folder of one server. */
export interface SeasonOffer extends Offer<SeasonEntry> {
  readonly folder: string;
}

interface EpisodeOffer extends Offer<EpisodeEntry> {
  readonly folder: string;
  readonly key: string;
  /** Values of the season-level maps. */
  readonly length: number | null;
  readonly dimensions: string;
}

interface Show {
  readonly folder: string;
  readonly display: string;
}

/** The episodes of one season. `folders` are in order of priority; the first folder of a server wins a number. */
export function expectedEpisodes(
  show: Show,
  season: number,
  folders: readonly SeasonOffer[],
): ExpectedEpisode[] {
  const byNumber = new Map<number, EpisodeOffer[]>();
  for (const { server, folder, entry } of folders) {
    for (const [key, episode] of Object.entries(entry.episodes)) {
      const sofar = byNumber.get(episode.episodeNumber) ?? [];
      if (sofar.some((offer) => offer.server === server)) continue;
      const maps = { length: entry.lengths[key] ?? null, dimensions: entry.dimensions[key] ?? '' };
      byNumber.set(episode.episodeNumber, [...sofar, { server, folder, key, entry: episode, ...maps }]);
    }
  }
  return [...byNumber].map(([number, offers]) => expectedEpisode(show, season, number, offers));
}

function expectedEpisode(
  show: Show,
  season: number,
  number: number,
  offers: readonly EpisodeOffer[],
): ExpectedEpisode {
  const metadataOwner = ownerOf(offers, ({ entry }) => entry.metadata)?.offer;
  const read = metadataOwner && filesOf(show, metadataOwner)?.metadata?.read();
  const metadata = typeof read === 'object' ? read : null;
  const chapters = ownerOf(offers, ({ entry }) => entry.chapters);
  return {
    type: 'episode',
    ...episodeTitle(metadata, metadataOwner, number, offers),
    originalTitle: show.folder,
    showTitle: show.display,
    seasonNumber: season,
    episodeNumber: number,
    ...videoGroup(offers),
    ...thumbnailGroup(show, offers),
    ...mergeCaptions(offers, (entry) => entry.subtitles),
    ...(chapters
      ? {
          chapterURL: absoluteUrl(chapters.offer.server, chapters.value),
          chapterSource: chapters.offer.server.id,
        }
      : {}),
    ...(metadataOwner && metadata
      ? { metadata, metadataSource: metadataOwner.server.id, ...queryCopies(metadata) }
      : {}),
  };
}

/** Copies of metadata members that the website queries (B-15). */
function queryCopies(metadata: JsonObject): Partial<ExpectedEpisode> {
  const { air_date: airDate, runtime, vote_average: rating, overview } = metadata;
  const { still_path: stillPath, crew, guest_stars: guestStars } = metadata;
  return {
    ...dated('airDate', airDate),
    ...present({ runtime, rating, overview, stillPath, crew, guestStars }),
  };
}

function episodeTitle(
  metadata: JsonObject | null,
  metadataOwner: EpisodeOffer | undefined,
  number: number,
  offers: readonly EpisodeOffer[],
): Pick<ExpectedEpisode, 'title' | 'titleSource'> {
  const name = metadata?.['name'];
  if (metadataOwner && typeof name === 'string' && name !== '')
    return { title: name, titleSource: metadataOwner.server.id };
  const derived = ownerOf(offers, ({ entry }) => entry.derivedEpisodeName);
  return derived
    ? { title: derived.value, titleSource: derived.offer.server.id }
    : { title: `Episode ${number}`, titleSource: offers[0]?.server.id ?? '' };
}

/** One atomic group: all of it comes from the best server that has the episode's file (AV-8). */
function videoGroup(offers: readonly EpisodeOffer[]): Partial<ExpectedEpisode> {
  const owner = offers.find(({ entry }) => entry.videoURL !== '');
  if (!owner) return {};
  const { server, entry } = owner;
  const videoURL = absoluteUrl(server, entry.videoURL);
  const { hdr, mediaQuality, additionalMetadata: probed } = entry;
  const duration = owner.length || probed.duration;
  const dimensions = owner.dimensions || probed.dimensions;
  return {
    videoURL,
    normalizedVideoId: normalizedVideoId(videoURL),
    videoSource: server.id,
    videoInfoSource: server.id,
    mediaLastModified: new Date(entry.mediaLastModified),
    ...(duration ? { duration } : {}),
    ...(dimensions ? { dimensions } : {}),
    ...(probed.size ? { size: probed.size.kb } : {}),
    ...(hdr ? { hdr } : {}),
    ...(mediaQuality ? { mediaQuality } : {}),
  };
}

function thumbnailGroup(show: Show, offers: readonly EpisodeOffer[]): Partial<ExpectedEpisode> {
  const image = ownedImage(offers, {
    path: ({ entry }) => entry.thumbnail,
    previewPath: ({ entry }) => entry.thumbnailBlurhash,
    file: (offer) => filesOf(show, offer)?.thumbnail,
    subject: ({ folder, entry }) => `${show.folder}/${folder}/${entry.filename}`,
  });
  if (!image) return {};
  const { url, source, preview } = image;
  const blurhash = preview === null ? {} : { thumbnailBlurhash: preview, thumbnailBlurhashSource: source };
  return { thumbnail: url, thumbnailSource: source, ...blurhash };
}

function filesOf(show: Show, offer: EpisodeOffer): EpisodeFiles | undefined {
  const folder = offer.server.library.shows.get(show.folder);
  const season = folder && findSeason(folder, offer.folder);
  return season && episodesByKey(season).get(offer.key);
}
