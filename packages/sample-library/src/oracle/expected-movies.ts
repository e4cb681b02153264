import type { MovieEntry } from '../contract/movie-entry';
import { movieEntry } from '../contract/movie-entry';
import type { MediaQuality } from '../contract/video-facts';
import type { JsonObject, JsonValue } from '../json';
import type { ImageKind } from '../library/media-files';
import type { ExpectedCaption } from './captions';
import { mergeCaptions } from './captions';
import { backdropFields, logoFields, ownedImage, posterFields } from './expected-images';
import type { BackdropFields, ImageLookup, LogoFields, PosterFields } from './expected-images';
import { normalizedVideoId } from './normalized-video-id';
import type { Offer, OracleServer } from './servers';
import { absoluteUrl, byPriority, ownerOf } from './servers';
import { isoDate } from './values';

/** A movie as the catalogue must hold it. What no server provides is absent; only focal hints may be null. */
export interface ExpectedMovie extends PosterFields, BackdropFields, LogoFields {
  readonly type: 'movie';
  readonly title: string;
  readonly titleSource: string;
  readonly originalTitle: string;
  readonly originalTitleSource: string;
  readonly backdropFocal: string | null;
  readonly backdropFocalSource: string;
  readonly backdropFocalSuggested: string | null;
  readonly backdropFocalSuggestedSource: string;
  readonly videoURL?: string;
  readonly normalizedVideoId?: string;
  readonly videoSource?: string;
  readonly videoInfoSource?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly dimensions?: string;
  /** Bytes. */
  readonly size?: number;
  readonly hdr?: string;
  readonly mediaQuality?: MediaQuality;
  readonly mediaLastModified?: Date;
  readonly captionURLs?: Readonly<Record<string, ExpectedCaption>>;
  readonly captionSource?: string;
  readonly chapterURL?: string;
  readonly chapterSource?: string;
  readonly metadata?: Readonly<Record<string, JsonValue | Date>>;
  readonly metadataSource?: string;
}

type MovieOffers = readonly Offer<MovieEntry>[];

/** The merged catalogue of these servers, by folder name. Reads the libraries as they are now. */
export function expectedMovies(servers: readonly OracleServer[]): Map<string, ExpectedMovie> {
  const ordered = byPriority(servers);
  const expected = new Map<string, ExpectedMovie>();
  for (const { library } of ordered) {
    for (const title of library.movies.titles()) {
      // A folder called `version` is shadowed by the listing's own member (contract §3.1).
      if (title === 'version' || expected.has(title)) continue;
      const movie = expectedMovie(title, ordered);
      if (movie) expected.set(title, movie);
    }
  }
  return expected;
}

function expectedMovie(title: string, ordered: readonly OracleServer[]): ExpectedMovie | null {
  const offers = ordered.flatMap((server) => {
    const folder = server.library.movies.get(title);
    const publication = { prefix: server.prefix, nodeUrl: `${server.baseUrl}/node` };
    return folder ? [{ server, entry: movieEntry(title, folder, publication) }] : [];
  });
  const [best] = offers;
  if (!best) return null;
  return {
    type: 'movie',
    originalTitle: title,
    originalTitleSource: best.server.id,
    ...titleAndMetadata(title, best, offers),
    backdropFocal: best.entry.backdropFocal,
    backdropFocalSource: best.server.id,
    backdropFocalSuggested: best.entry.backdropFocalSuggested,
    backdropFocalSuggestedSource: best.server.id,
    ...videoGroup(offers),
    ...posterFields(ownedImage(offers, imageLookup('poster', title))),
    ...backdropFields(ownedImage(offers, imageLookup('backdrop', title))),
    ...logoFields(ownedImage(offers, imageLookup('logo', title))),
    ...mergeCaptions(offers, (entry) => entry.urls.subtitles),
    ...chapterGroup(offers),
  };
}

type Part<Key extends keyof ExpectedMovie> = { [Name in Key]?: Exclude<ExpectedMovie[Name], undefined> };

function titleAndMetadata(
  title: string,
  best: Offer<MovieEntry>,
  offers: MovieOffers,
): Pick<ExpectedMovie, 'title' | 'titleSource'> & Part<'metadata' | 'metadataSource'> {
  const fallback = { title, titleSource: best.server.id };
  const owner = ownerOf(offers, ({ entry }) => entry.urls.metadata)?.offer.server;
  const content = owner?.library.movies.get(title)?.metadata?.read();
  // A file that is not JSON gives nothing, whoever else has metadata: the owner is known by its listing.
  if (!owner || content === undefined || typeof content === 'string') return fallback;
  const display = content['title'];
  const named =
    typeof display === 'string' && display !== '' ? { title: display, titleSource: owner.id } : fallback;
  return { ...named, metadata: storedMetadata(content), metadataSource: owner.id };
}

/** ST-M6: a valid `release_date` becomes a Date, a textual `runtime` a number. */
function storedMetadata(content: JsonObject): Record<string, JsonValue | Date> {
  const stored: Record<string, JsonValue | Date> = { ...content };
  const { release_date: released, runtime } = content;
  const date = typeof released === 'string' ? isoDate(released) : null;
  if (date) stored['release_date'] = date;
  if (typeof runtime === 'string' && /^\d+$/.test(runtime)) stored['runtime'] = Number(runtime);
  return stored;
}

type VideoField =
  | 'videoURL'
  | 'normalizedVideoId'
  | 'videoSource'
  | 'videoInfoSource'
  | 'duration'
  | 'dimensions'
  | 'size'
  | 'hdr'
  | 'mediaQuality'
  | 'mediaLastModified';

/** One atomic group: all of it comes from the best server that has an mp4, gaps included (AV-8). */
function videoGroup(offers: MovieOffers): Part<VideoField> {
  const owner = ownerOf(offers, ({ entry }) => entry.urls.mp4);
  if (!owner) return {};
  const { server, entry } = owner.offer;
  const videoURL = absoluteUrl(server, owner.value);
  const fileName = decodeURIComponent(owner.value.slice(owner.value.lastIndexOf('/') + 1));
  const probed = entry.additional_metadata;
  const duration = probed.duration || entry.length[fileName];
  const dimensions = probed.dimensions || entry.dimensions[fileName];
  const { mediaLastModified } = entry.urls;
  return {
    videoURL,
    normalizedVideoId: normalizedVideoId(videoURL),
    videoSource: server.id,
    videoInfoSource: server.id,
    ...(duration ? { duration } : {}),
    ...(dimensions ? { dimensions } : {}),
    ...(probed.size ? { size: Math.round(probed.size.kb * 1024) } : {}),
    ...(entry.hdr ? { hdr: entry.hdr } : {}),
    ...(entry.mediaQuality ? { mediaQuality: entry.mediaQuality } : {}),
    ...(mediaLastModified === undefined ? {} : { mediaLastModified: new Date(mediaLastModified) }),
  };
}

function imageLookup(kind: ImageKind, title: string): ImageLookup<Offer<MovieEntry>> {
  return {
    path: ({ entry }) => entry.urls[kind],
    previewPath: ({ entry }) => entry.urls[`${kind}Blurhash`],
    file: ({ server }) => server.library.movies.get(title)?.images[kind],
    subject: () => `${title}/${kind}`,
  };
}

function chapterGroup(offers: MovieOffers): Part<'chapterURL' | 'chapterSource'> {
  const owner = ownerOf(offers, ({ entry }) => entry.urls.chapters);
  if (!owner) return {};
  return { chapterURL: absoluteUrl(owner.offer.server, owner.value), chapterSource: owner.offer.server.id };
}
