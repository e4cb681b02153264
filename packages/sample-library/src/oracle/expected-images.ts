import { previewOf } from '../contract/static-files';
import type { ImageFile } from '../library/media-files';
import type { Offer } from './servers';
import { absoluteUrl, ownerOf } from './servers';

export interface OwnedImage {
  readonly url: string;
  readonly source: string;
  /** Only ever from the image's owner. */
  readonly preview: string | null;
}

/** How one kind of image is listed, and where its file is. */
export interface ImageLookup<Given> {
  readonly path: (offer: Given) => string | null | undefined;
  readonly previewPath: (offer: Given) => string | null | undefined;
  readonly file: (offer: Given) => ImageFile | null | undefined;
  /** What the preview was made from, below the library's name. */
  readonly subject: (offer: Given) => string;
}

/** An image and its preview are one group: the preview comes from the image's owner or not at all. */
export function ownedImage<Given extends Offer<unknown>>(
  offers: readonly Given[],
  lookup: ImageLookup<Given>,
): OwnedImage | null {
  const owner = ownerOf(offers, lookup.path);
  if (!owner) return null;
  const { offer, value } = owner;
  const file = lookup.previewPath(offer) ? lookup.file(offer) : null;
  const preview = file ? previewOf(`${offer.server.library.name}/${lookup.subject(offer)}`, file) : null;
  return { url: absoluteUrl(offer.server, value), source: offer.server.id, preview };
}

export interface PosterFields {
  readonly posterURL?: string;
  readonly posterSource?: string;
  readonly posterBlurhash?: string;
  readonly posterBlurhashSource?: string;
}

export function posterFields(image: OwnedImage | null): PosterFields {
  if (!image) return {};
  const { url, source, preview } = image;
  const blurhash = preview === null ? {} : { posterBlurhash: preview, posterBlurhashSource: source };
  return { posterURL: url, posterSource: source, ...blurhash };
}

export interface BackdropFields {
  readonly backdrop?: string;
  readonly backdropSource?: string;
  readonly backdropBlurhash?: string;
  readonly backdropBlurhashSource?: string;
}

export function backdropFields(image: OwnedImage | null): BackdropFields {
  if (!image) return {};
  const { url, source, preview } = image;
  const blurhash = preview === null ? {} : { backdropBlurhash: preview, backdropBlurhashSource: source };
  return { backdrop: url, backdropSource: source, ...blurhash };
}

export interface LogoFields {
  readonly logo?: string;
  readonly logoSource?: string;
}

/** The logo's preview is never stored (§1.3). */
export function logoFields(image: OwnedImage | null): LogoFields {
  return image ? { logo: image.url, logoSource: image.source } : {};
}
